import { useId, useState } from "react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, data } from "~/api/client";
import type { AppointmentWithAudit } from "~/features/appointments/queries";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { ErrorNotice } from "~/ui/Notice";
import { Skeleton } from "~/ui/Skeleton";
import { actionName } from "./actionName";
import { Facts } from "./Facts";

/** What was, does not change any more. */
function usePast(appointmentId: string, asOf: string | null) {
    return useQuery({
        queryKey: ["appointment-as-of", appointmentId, asOf],
        enabled: asOf !== null,
        staleTime: Infinity,
        placeholderData: keepPreviousData,
        queryFn: () =>
            data(
                api.GET("/api/v1/appointments/{appointment_id}", {
                    params: { path: { appointment_id: appointmentId }, query: { asOf } },
                }),
            ),
    });
}

/** A slider through the versions of an appointment; left of the end it shows what was. */
export function AsOf({ appointment }: { appointment: AppointmentWithAudit }) {
    const id = useId();
    const { audit } = appointment;
    const last = audit.length - 1;
    const [chosen, setChosen] = useState<number | null>(null);
    const index = Math.min(chosen ?? last, last);
    const entry = audit[index];
    const isPast = index < last;
    const past = usePast(appointment.id, isPast && entry ? entry.timestamp : null);
    if (!entry) return null;
    const label = isPast
        ? t("timeline.asOf", { time: dayAndClock(entry.timestamp), version: entry.version })
        : t("timeline.asNow");
    return (
        <div className="mb-6 flex flex-col gap-3">
            <div className="flex items-baseline justify-between gap-3">
                <label htmlFor={id} className="font-medium">
                    {t("timeline.slider")}
                </label>
                <output htmlFor={id} className="text-right text-sm text-muted">
                    {label}
                </output>
            </div>
            <input
                id={id}
                type="range"
                min={0}
                max={last}
                step={1}
                value={index}
                aria-valuetext={`${label}: ${actionName(entry)}`}
                onChange={(event) => {
                    const next = Number(event.target.value);
                    setChosen(next === last ? null : next);
                }}
                className="h-8 w-full cursor-pointer accent-accent"
            />
            {isPast && (
                <section
                    aria-label={label}
                    className="rounded-xl border border-amber bg-surface p-4"
                >
                    {past.error && (
                        <ErrorNotice error={past.error} onRetry={() => void past.refetch()} />
                    )}
                    {!past.data && past.isPending && <Skeleton rows={2} />}
                    {past.data && <Facts appointment={past.data} now={appointment} />}
                    <Button
                        look="secondary"
                        size="small"
                        className="mt-4"
                        onClick={() => setChosen(null)}
                    >
                        {t("timeline.backToNow")}
                    </Button>
                </section>
            )}
        </div>
    );
}
