import type { ReactNode } from "react";
import { ArrowDown } from "lucide-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, data } from "~/api/client";
import { Problem } from "~/api/problem";
import { useAppDispatch } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import { clockRange, dayAndClock, longDay } from "~/lib/time";
import { useNow } from "~/lib/useNow";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { Notice, ProblemText } from "~/ui/Notice";
import { Countdown } from "./Countdown";
import { APPOINTMENT_LISTS, appointmentKey, type Appointment } from "./queries";
import { TheirTime } from "./TheirTime";
import { useAct, whyText } from "./useAct";
import type { Timeslot, useReservation } from "./useReservation";
import { moveNote } from "./policy";

type Times = { start: string; end: string };

/** The old time and the new one, one under the other. */
export function FromTo({ appointment, to }: { appointment: Appointment; to: Times }) {
    const rows: [string, Times][] = [
        [t("rescheduleDialog.old"), appointment],
        [t("rescheduleDialog.new"), to],
    ];
    return (
        <dl className="flex flex-col gap-2">
            {rows.map(([name, { start, end }], index) => (
                <div key={name} className="rounded-xl border border-line px-4 py-3">
                    <dt className="flex items-center gap-1 text-sm text-muted">
                        {index === 1 && <ArrowDown aria-hidden size={14} />}
                        {name}
                    </dt>
                    <dd className={index === 1 ? "font-bold" : "text-muted line-through"}>
                        {longDay(start)}, {clockRange(start, end)}
                        {index === 1 && (
                            <TheirTime start={start} end={end} timezone={appointment.timezone} />
                        )}
                    </dd>
                </div>
            ))}
        </dl>
    );
}

function Buttons({ onBack, children }: { onBack: () => void; children: ReactNode }) {
    return (
        <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
            <Button look="secondary" onClick={onBack}>
                {t("rescheduleDialog.back")}
            </Button>
            {children}
        </div>
    );
}

function useMove(appointment: Appointment) {
    const client = useQueryClient();
    return useMutation({
        mutationFn: ({ token, key }: { token: string; key: string }) =>
            data(
                api.POST("/api/v1/appointments/{appointment_id}/reschedule", {
                    params: { path: { appointment_id: appointment.id } },
                    body: { reservationToken: token },
                    headers: { "Idempotency-Key": key, "If-Match": `"${appointment.version}"` },
                }),
            ),
        onSettled: () => {
            void client.invalidateQueries({ queryKey: appointmentKey(appointment.id) });
            void client.invalidateQueries({ queryKey: APPOINTMENT_LISTS });
        },
    });
}

type ConfirmProps = {
    appointment: Appointment;
    reservation: ReturnType<typeof useReservation>;
    onBack: () => void;
    /** Of the move, or of more time for it. */
    onRefused: (error: unknown) => void;
    onDone: () => void;
};

/** The new time is reserved: confirm before it runs out, or reserve it again. */
export function MoveConfirm({ appointment, reservation, onBack, onRefused, onDone }: ConfirmProps) {
    const { held, secondsLeft, reserve, extend } = reservation;
    const move = useMove(appointment);
    const dispatch = useAppDispatch();
    const now = useNow(30_000);
    if (!held) return null;
    const note = moveNote(appointment, now);
    const { timeslot, token, key, mayExtend } = held;
    const problem = move.error instanceof Problem ? move.error : null;
    const isExpired = secondsLeft === 0 || problem?.scenario === "reservation_expired";
    const isStale = problem?.status === 412;
    const confirm = () =>
        move.mutate(
            { token, key },
            {
                onSuccess: ({ start }) => {
                    dispatch(toastShown(t("appointments.moved", { time: dayAndClock(start) })));
                    onDone();
                },
                onError: onRefused,
            },
        );
    const again = () => {
        move.reset();
        reserve.mutate(timeslot);
    };
    return (
        <div className="flex flex-col gap-4">
            <FromTo appointment={appointment} to={timeslot} />
            {note && <p className="text-muted">{note}</p>}
            {isExpired ? (
                <Notice tone="warning">{t("rescheduleDialog.expired")}</Notice>
            ) : (
                <Countdown secondsLeft={secondsLeft} />
            )}
            {problem && !isExpired && (
                <Notice tone="error">
                    <ProblemText
                        error={problem}
                        text={isStale ? t("rescheduleDialog.changed") : whyText(problem)}
                    />
                </Notice>
            )}
            <Buttons onBack={onBack}>
                {isExpired ? (
                    <Button busy={reserve.isPending} onClick={again}>
                        {t("rescheduleDialog.again")}
                    </Button>
                ) : (
                    <>
                        {mayExtend && (
                            <Button
                                look="secondary"
                                busy={extend.isPending}
                                onClick={() => extend.mutate(token, { onError: onRefused })}
                            >
                                {t("rescheduleDialog.moreTime")}
                            </Button>
                        )}
                        <Button busy={move.isPending} onClick={confirm}>
                            {t("rescheduleDialog.confirm")}
                        </Button>
                    </>
                )}
            </Buttons>
        </div>
    );
}

type ReserveProps = {
    appointment: Appointment;
    to: Times;
    onBack: () => void;
    onReserve: () => void;
};

/** The network came back while the dialog was open: one tap goes on. */
export function MoveReserve({ appointment, to, onBack, onReserve }: ReserveProps) {
    return (
        <div className="flex flex-col gap-4">
            <FromTo appointment={appointment} to={to} />
            <Buttons onBack={onBack}>
                <Button onClick={onReserve}>{t("rescheduleDialog.reserve")}</Button>
            </Buttons>
        </div>
    );
}

type LaterProps = {
    appointment: Appointment;
    timeslot: Timeslot;
    onBack: () => void;
    onDone: () => void;
};

/** Without a network: the wish is kept, and asked for when the network is back. */
export function MoveLater({ appointment, timeslot, onBack, onDone }: LaterProps) {
    const act = useAct(appointment);
    const { id, version, providerId, serviceId } = appointment;
    const { start, end } = timeslot;
    const later = () =>
        act.mutate(
            {
                kind: "reschedule",
                ...{ appointmentId: id, version, providerId, serviceId },
                ...{ timeslotId: timeslot.id, start, end },
            },
            { onSuccess: onDone },
        );
    return (
        <div className="flex flex-col gap-4">
            <FromTo appointment={appointment} to={timeslot} />
            <Notice tone="warning">{t("rescheduleDialog.offline")}</Notice>
            {act.isError && <Notice tone="error">{whyText(act.error)}</Notice>}
            <Buttons onBack={onBack}>
                <Button busy={act.isPending} onClick={later}>
                    {t("rescheduleDialog.later")}
                </Button>
            </Buttons>
        </div>
    );
}
