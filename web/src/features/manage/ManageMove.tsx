import { useState } from "react";
import { FromTo } from "~/features/appointments/MoveConfirm";
import { moveNote } from "~/features/appointments/policy";
import { whyText } from "~/features/appointments/useAct";
import type { Timeslot } from "~/features/finding/availability";
import { TimeslotPicker } from "~/features/finding/TimeslotPicker";
import { dayAndClock, dayKey } from "~/lib/time";
import { useNow } from "~/lib/useNow";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Notice } from "~/ui/Notice";
import { useMove, type Managed } from "./managed";

type Props = { token: string; managed: Managed; onClose: () => void };

/** Choose another time of the same provider, look at both, move there. */
export default function ManageMove({ token, managed, onClose }: Props) {
    const { appointment } = managed;
    const [picked, setPicked] = useState<Timeslot | null>(null);
    const move = useMove(token);
    const now = useNow(30_000);
    const note = moveNote(appointment, now);
    const pick = (timeslot: Timeslot | null) => {
        move.reset();
        setPicked(timeslot);
    };
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
            footer={
                picked && (
                    <>
                        <Button look="secondary" onClick={() => pick(null)}>
                            {t("rescheduleDialog.back")}
                        </Button>
                        <Button
                            busy={move.isPending}
                            onClick={() =>
                                move.mutate(
                                    { timeslotId: picked.id, version: appointment.version },
                                    { onSuccess: onClose },
                                )
                            }
                        >
                            {t("rescheduleDialog.confirm")}
                        </Button>
                    </>
                )
            }
        >
            {picked ? (
                <>
                    <FromTo appointment={appointment} to={picked} />
                    {note && <p className="text-muted">{note}</p>}
                    {move.isError && <Notice tone="error">{whyText(move.error)}</Notice>}
                </>
            ) : (
                <TimeslotPicker
                    providerId={appointment.providerId}
                    serviceId={appointment.serviceId}
                    initialDay={dayKey(appointment.start)}
                    excludedTimeslotId={appointment.slotId ?? undefined}
                    onPick={pick}
                />
            )}
        </Dialog>
    );
}
