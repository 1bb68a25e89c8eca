import { useState } from "react";
import { Problem } from "~/api/problem";
import { ConflictDialog } from "~/features/booking/ConflictDialog";
import { dayAndClock } from "~/lib/time";
import { useIsOffline } from "~/offline";
import { t } from "~/text";
import { Dialog } from "~/ui/Dialog";
import { ErrorNotice } from "~/ui/Notice";
import { Skeleton } from "~/ui/Skeleton";
import type { Appointment } from "./queries";
import { MoveChoices, type Way } from "./MoveChoices";
import { MoveConfirm, MoveLater, MoveReserve } from "./MoveConfirm";
import { useReservation, type Timeslot } from "./useReservation";

type Props = { appointment: Appointment; way: Way; onClose: () => void };

const isConflict = (error: unknown): error is Problem =>
    error instanceof Problem && "alternatives" in error.details;
const isWithdrawn = (error: unknown): error is Problem =>
    isConflict(error) && error.scenario === "no_longer_offered";
const isUnreachable = (error: unknown) => error instanceof Problem && error.status === 0;

/** Choose another time, have it reserved, move there: one dialog. */
export default function MoveDialog({ appointment, way, onClose }: Props) {
    const { providerId, serviceId } = appointment;
    const reservation = useReservation(providerId, serviceId);
    const { reserve, held, forget } = reservation;
    const [picked, setPicked] = useState<Timeslot | null>(null);
    // What was reserved is offered no more.
    const [withdrawn, setWithdrawn] = useState<Problem | null>(null);
    const isOffline = useIsOffline();
    const pick = (timeslot: Timeslot) => {
        forget(false);
        setWithdrawn(null);
        setPicked(timeslot);
        if (!isOffline) reserve.mutate(timeslot);
    };
    const back = () => {
        forget(false);
        setWithdrawn(null);
        reserve.reset();
        setPicked(null);
    };
    const isLater = picked !== null && !held && (isOffline || isUnreachable(reserve.error));
    const conflict = withdrawn ?? (isConflict(reserve.error) ? reserve.error : null);
    return (
        <Dialog
            open
            onOpenChange={(open) => {
                if (!open) onClose();
            }}
            wide
            title={t(picked ? "rescheduleDialog.confirmTitle" : "rescheduleDialog.title")}
            description={
                picked
                    ? `${appointment.serviceTitle}, ${appointment.providerName}`
                    : t("rescheduleDialog.from", { time: dayAndClock(appointment.start) })
            }
        >
            {!picked && <MoveChoices appointment={appointment} startWay={way} onPick={pick} />}
            {picked && !held && !isLater && !conflict && (
                <>
                    {reserve.isPending && <Skeleton rows={2} />}
                    {reserve.isIdle && (
                        <MoveReserve
                            appointment={appointment}
                            to={picked}
                            onBack={back}
                            onReserve={() => reserve.mutate(picked)}
                        />
                    )}
                    {reserve.isError && (
                        <ErrorNotice error={reserve.error} onRetry={() => reserve.mutate(picked)} />
                    )}
                </>
            )}
            {picked && isLater && (
                <MoveLater
                    appointment={appointment}
                    timeslot={picked}
                    onBack={back}
                    onDone={onClose}
                />
            )}
            {picked && held && (
                <MoveConfirm
                    appointment={appointment}
                    reservation={reservation}
                    onBack={back}
                    onRefused={(error) => {
                        if (!isWithdrawn(error)) return;
                        forget(false);
                        setWithdrawn(error);
                    }}
                    onDone={() => {
                        forget(true);
                        onClose();
                    }}
                />
            )}
            {picked && conflict && (
                <ConflictDialog
                    open
                    onOpenChange={(open) => {
                        if (!open) back();
                    }}
                    problem={conflict}
                    wanted={{
                        start: picked.start,
                        end: picked.end,
                        currency: appointment.currency,
                        providerName: appointment.providerName,
                    }}
                    onPick={pick}
                />
            )}
        </Dialog>
    );
}
