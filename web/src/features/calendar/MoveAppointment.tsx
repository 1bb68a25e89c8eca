import { useState } from "react";
import { newKey, type Schemas } from "~/api/client";
import type { Appointment } from "~/features/appointments/queries";
import { TimeslotPicker } from "~/features/finding/TimeslotPicker";
import { dayAndClock, dayKey } from "~/lib/time";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { ErrorNotice } from "~/ui/Notice";
import { useMoveAppointment } from "./actions";
import { useToast } from "~/app/useToast";

type Props = { appointment: Appointment; onDone: () => void };

/** Another time for an appointment, by the keyboard; dragging it means the same. */
export function MoveAppointment({ appointment, onDone }: Props) {
    const [picked, setPicked] = useState<{ timeslot: Schemas["Timeslot"]; key: string } | null>(
        null,
    );
    const move = useMoveAppointment();
    const toast = useToast();
    if (!picked)
        return (
            <TimeslotPicker
                providerId={appointment.providerId}
                serviceId={appointment.serviceId}
                initialDay={dayKey(appointment.start)}
                excludedTimeslotId={appointment.slotId ?? undefined}
                onPick={(timeslot) => setPicked({ timeslot, key: newKey() })}
            />
        );
    const to = dayAndClock(picked.timeslot.start);
    return (
        <div className="flex flex-col gap-4">
            {move.isError && <ErrorNotice error={move.error} />}
            <p>
                {t("calendar.move.sure", {
                    name: appointment.userName,
                    from: dayAndClock(appointment.start),
                    to,
                })}
            </p>
            <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
                <Button
                    look="secondary"
                    onClick={() => {
                        move.reset();
                        setPicked(null);
                    }}
                >
                    {t("calendar.move.other")}
                </Button>
                <Button
                    busy={move.isPending}
                    onClick={() =>
                        move.mutate(
                            { appointment, ...picked },
                            {
                                onSuccess: () => {
                                    toast.done(
                                        t("calendar.move.done", { name: appointment.userName, to }),
                                    );
                                    onDone();
                                },
                            },
                        )
                    }
                >
                    {t("calendar.move.submit")}
                </Button>
            </div>
        </div>
    );
}
