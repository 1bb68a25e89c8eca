import { useEffect, useRef, useState } from "react";
import { cn } from "~/lib/cn";
import { clock, clocksDiffer, longDay, zoneCity } from "~/lib/time";
import { t } from "~/text";
import type { Timeslot } from "./availability";
import { byPartOfDay, isFree } from "./days";

type Props = {
    timeslots: Timeslot[];
    onPick: (timeslot: Timeslot) => void;
    /** The provider's zone, shown where its clocks differ from the user's. */
    zoneOf: (timeslot: Timeslot) => string | undefined;
    /** What else a timeslot says: who, when any provider will do. */
    detailOf?: ((timeslot: Timeslot) => string | undefined) | undefined;
};

/** A day's timeslots as buttons. A taken one stays where it is, greyed out. */
export function TimeslotGrid({ timeslots, onPick, zoneOf, detailOf }: Props) {
    return (
        <div className="flex flex-col gap-5">
            <JustTaken timeslots={timeslots} />
            {byPartOfDay(timeslots).map(([part, some]) => (
                <section key={part} className="flex flex-col gap-2">
                    <h3 className="text-sm font-semibold text-muted">{t(`find.${part}`)}</h3>
                    <ul
                        className={cn(
                            "grid gap-2",
                            detailOf
                                ? "grid-cols-2 sm:grid-cols-3"
                                : "grid-cols-3 sm:grid-cols-4 lg:grid-cols-5",
                        )}
                    >
                        {some.map((one) => (
                            <li key={one.id}>
                                <TimeslotButton
                                    timeslot={one}
                                    zone={zoneOf(one)}
                                    detail={detailOf?.(one)}
                                    onPick={onPick}
                                />
                            </li>
                        ))}
                    </ul>
                </section>
            ))}
        </div>
    );
}

type ButtonProps = {
    timeslot: Timeslot;
    zone: string | undefined;
    detail: string | undefined;
    onPick: (timeslot: Timeslot) => void;
};

function TimeslotButton({ timeslot, zone, detail, onPick }: ButtonProps) {
    const free = isFree(timeslot);
    const reason = free ? undefined : t(timeslot.status === "held" ? "find.held" : "find.booked");
    return (
        <button
            type="button"
            // Not `disabled`: the focus shall not be lost when it is taken under one's fingers.
            aria-disabled={!free}
            title={reason}
            onClick={() => {
                if (free) onPick(timeslot);
            }}
            className={cn(
                "flex min-h-12 w-full flex-col items-center justify-center rounded-xl border px-2 py-1.5 transition-colors",
                free
                    ? "border-line-strong bg-surface hover:border-accent hover:bg-accent-soft"
                    : "border-transparent bg-sunken text-muted",
            )}
        >
            <span className={cn("font-semibold tabular-nums", !free && "font-normal line-through")}>
                {clock(timeslot.start)}
            </span>
            {zone && clocksDiffer(timeslot.start, zone) && (
                <span className="text-xs text-muted">
                    {t("find.there", { time: clock(timeslot.start, zone), city: zoneCity(zone) })}
                </span>
            )}
            {detail && <span className="max-w-full truncate text-sm text-muted">{detail}</span>}
            {reason && <span className="sr-only">{reason}</span>}
        </button>
    );
}

/** Says it when a timeslot that was free is taken while one looks. */
function JustTaken({ timeslots }: { timeslots: Timeslot[] }) {
    const seenFree = useRef(new Set<string>());
    const [news, setNews] = useState("");
    useEffect(() => {
        const taken = timeslots.filter((one) => !isFree(one) && seenFree.current.has(one.id));
        if (taken.length > 0) {
            setNews(
                taken
                    .map(({ start }) =>
                        t("find.justTaken", { time: clock(start), day: longDay(start) }),
                    )
                    .join(" "),
            );
        }
        seenFree.current = new Set(timeslots.filter(isFree).map((one) => one.id));
    }, [timeslots]);
    return (
        <p role="status" className="sr-only">
            {news}
        </p>
    );
}
