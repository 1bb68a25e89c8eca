import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { api, data } from "~/api/client";
import { TimeslotPicker } from "~/features/finding/TimeslotPicker";
import { clockRange, dayKey, shortDay } from "~/lib/time";
import { useIsOffline } from "~/offline";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Segments } from "~/ui/Segments";
import { Skeleton } from "~/ui/Skeleton";
import type { Appointment } from "./queries";
import { TheirTime } from "./TheirTime";
import type { Timeslot } from "./useReservation";

export type Way = "tomorrow" | "next" | "pick";

type Props = {
    appointment: Appointment;
    startWay: Way;
    onPick: (timeslot: Timeslot) => void;
};

/** Tomorrow, next available, or any day: times that the appointment could move to. */
export function MoveChoices({ appointment, startWay, onPick }: Props) {
    const [way, setWay] = useState(startWay);
    const isOffline = useIsOffline();
    return (
        <div className="flex flex-col gap-4">
            <Segments
                label={t("rescheduleDialog.ways")}
                value={way}
                onChange={setWay}
                options={[
                    { value: "tomorrow", label: t("appointments.moveTomorrow") },
                    { value: "next", label: t("appointments.moveNext") },
                    { value: "pick", label: t("appointments.movePick") },
                ]}
            />
            {isOffline && <Notice tone="warning">{t("rescheduleDialog.offline")}</Notice>}
            {way === "pick" ? (
                <TimeslotPicker
                    providerId={appointment.providerId}
                    serviceId={appointment.serviceId}
                    initialDay={dayKey(appointment.start)}
                    excludedTimeslotId={appointment.slotId ?? undefined}
                    onPick={onPick}
                />
            ) : (
                <Suggestions
                    appointment={appointment}
                    kind={way}
                    onPick={onPick}
                    onOther={() => setWay("pick")}
                />
            )}
        </div>
    );
}

type SuggestionsProps = {
    appointment: Appointment;
    kind: "tomorrow" | "next";
    onPick: (timeslot: Timeslot) => void;
    onOther: () => void;
};

function Suggestions({ appointment, kind, onPick, onOther }: SuggestionsProps) {
    const { id, version, timezone } = appointment;
    const found = useQuery({
        queryKey: ["alternatives", id, version, kind],
        staleTime: 0,
        queryFn: () =>
            data(
                api.GET("/api/v1/appointments/{appointment_id}/alternatives", {
                    params: { path: { appointment_id: id }, query: { kind } },
                }),
            ),
    });
    if (found.isPending) return <Skeleton rows={3} className="h-14" />;
    if (!found.data)
        return <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />;
    const { items } = found.data;
    return (
        <>
            {items.length === 0 && (
                <p>
                    {t(
                        kind === "tomorrow"
                            ? "rescheduleDialog.noneTomorrow"
                            : "rescheduleDialog.noneNext",
                    )}
                </p>
            )}
            <ul className="flex flex-col gap-2">
                {items.map((one) => (
                    <li key={one.id}>
                        <button
                            type="button"
                            onClick={() => onPick(one)}
                            className="flex min-h-14 w-full flex-wrap items-baseline gap-x-3 rounded-xl border border-line-strong bg-surface px-4 py-3 text-left hover:border-accent hover:bg-accent-soft"
                        >
                            <span className="text-lg font-bold tabular-nums">
                                {clockRange(one.start, one.end)}
                            </span>
                            <span>{shortDay(one.start)}</span>
                            <TheirTime start={one.start} end={one.end} timezone={timezone} />
                        </button>
                    </li>
                ))}
            </ul>
            <Button look="quiet" className="self-start" onClick={onOther}>
                {t("rescheduleDialog.pickInstead")}
            </Button>
        </>
    );
}
