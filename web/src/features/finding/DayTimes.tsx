import type { ReactNode } from "react";
import { useNow } from "~/lib/useNow";
import { longDay } from "~/lib/time";
import { t } from "~/text";
import { Empty } from "~/ui/Empty";
import { ErrorNotice } from "~/ui/Notice";
import type { Timeslot } from "./availability";
import { isFree, timeslotsOn } from "./days";
import { TimeslotGrid } from "./TimeslotGrid";

const CLOCK_MS = 15_000;

type Props = {
    day: string | null;
    /** Undefined while they are loading. */
    timeslots: Timeslot[] | undefined;
    error: unknown;
    onRetry: () => void;
    /** The way on when the day has nothing free. */
    next: ReactNode;
    onPick: (timeslot: Timeslot) => void;
    zoneOf: (timeslot: Timeslot) => string | undefined;
    detailOf?: (timeslot: Timeslot) => string | undefined;
};

/** One day: its times, or that there are none and where the next one is. */
export function DayTimes({ day, timeslots, error, onRetry, next, ...grid }: Props) {
    const now = useNow(CLOCK_MS);
    if (!timeslots && error) return <ErrorNotice error={error} onRetry={onRetry} />;
    if (!timeslots || day === null) return <TimesSkeleton />;
    const shown = timeslotsOn(timeslots, day, now);
    const free = shown.filter(isFree).length;
    return (
        <section aria-labelledby="day-shown" className="flex flex-col gap-4">
            <div className="flex flex-wrap items-baseline justify-between gap-x-4">
                <h2 id="day-shown" className="text-lg font-bold">
                    {longDay(`${day}T12:00:00Z`, "UTC")}
                </h2>
                <p role="status" className="text-sm text-muted">
                    {t("find.freeCount", { count: free })}
                </p>
            </div>
            {free === 0 && (
                <Empty
                    title={t(shown.length > 0 ? "find.allTaken" : "find.noTimes")}
                    action={next}
                />
            )}
            <TimeslotGrid timeslots={shown} {...grid} />
        </section>
    );
}

function TimesSkeleton() {
    return (
        <div role="status" className="grid grid-cols-3 gap-2 sm:grid-cols-4 lg:grid-cols-5">
            <span className="sr-only">{t("app.loading")}</span>
            {Array.from({ length: 15 }, (_, number) => (
                <div key={number} aria-hidden className="h-12 animate-pulse rounded-xl bg-sunken" />
            ))}
        </div>
    );
}
