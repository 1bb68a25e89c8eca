import { ArrowRight } from "lucide-react";
import type { Schemas } from "~/api/client";
import type { Problem } from "~/api/problem";
import { useProviders } from "~/features/catalogue/queries";
import { clock, clockRange, clocksDiffer, shortDay, zoneCity } from "~/lib/time";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { differences, type Wanted } from "./differences";

type Timeslot = Schemas["Timeslot"];

type Props = {
    open: boolean;
    onOpenChange: (open: boolean) => void;
    /** The refusal: why, and what can be had instead. */
    problem: Problem;
    wanted: Wanted;
    onPick: (timeslot: Timeslot) => void;
};

/** The wanted time is gone: the nearest others, each with what is different about it. */
export function ConflictDialog({ open, onOpenChange, problem, wanted, onPick }: Props) {
    const providers = useProviders().data;
    const { alternatives } = problem;
    return (
        <Dialog
            open={open}
            onOpenChange={onOpenChange}
            title={t("conflict.title")}
            description={
                <>
                    {problem.text}{" "}
                    {t("conflict.wanted", {
                        time: `${shortDay(wanted.start)}, ${clockRange(wanted.start, wanted.end)}`,
                    })}
                </>
            }
            footer={
                <Button look="secondary" onClick={() => onOpenChange(false)}>
                    {t("conflict.none")}
                </Button>
            }
        >
            {alternatives.length === 0 ? (
                <p>{t("conflict.noAlternatives")}</p>
            ) : (
                <>
                    <p className="font-medium">{t("conflict.alternatives")}</p>
                    <ul className="flex flex-col gap-2">
                        {alternatives.map((one) => {
                            const provider = providers?.find(({ id }) => id === one.providerId);
                            return (
                                <li key={one.id}>
                                    <Alternative
                                        timeslot={one}
                                        zone={provider?.timezone}
                                        different={differences(wanted, {
                                            ...one,
                                            providerName: provider?.name,
                                        })}
                                        onPick={onPick}
                                    />
                                </li>
                            );
                        })}
                    </ul>
                </>
            )}
        </Dialog>
    );
}

type AlternativeProps = {
    timeslot: Timeslot;
    zone: string | undefined;
    different: string[];
    onPick: (timeslot: Timeslot) => void;
};

function Alternative({ timeslot, zone, different, onPick }: AlternativeProps) {
    const { start, end } = timeslot;
    return (
        <button
            type="button"
            onClick={() => onPick(timeslot)}
            className="flex min-h-14 w-full items-center gap-3 rounded-xl border border-line-strong px-4 py-2 text-left transition-colors hover:border-accent hover:bg-accent-soft"
        >
            <span className="flex min-w-0 flex-1 flex-col">
                <span className="font-semibold tabular-nums">
                    {shortDay(start)}, {clockRange(start, end)}
                </span>
                {zone && clocksDiffer(start, zone) && (
                    <span className="text-sm text-muted">
                        {t("find.there", { time: clock(start, zone), city: zoneCity(zone) })}
                    </span>
                )}
                <span className="text-sm text-muted">{different.join(" · ")}</span>
            </span>
            <ArrowRight aria-hidden size={18} className="shrink-0 text-accent" />
        </button>
    );
}
