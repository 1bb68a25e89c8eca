import { useState } from "react";
import type { Schemas } from "~/api/client";
import { Problem } from "~/api/problem";
import { TimeslotPicker } from "~/features/finding/TimeslotPicker";
import { dayAndClock, dayKey } from "~/lib/time";
import { useNow } from "~/lib/useNow";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Notice } from "~/ui/Notice";
import { ActionDialog } from "./ActionDialog";
import { move, useAction } from "./useActions";
import type { DialogProps } from "./Actions";

type Timeslot = Schemas["Timeslot"];

/** Another time for the same service and provider. */
export function RescheduleDialog({ appointment, onClose, onLocked }: DialogProps) {
    const [chosen, setChosen] = useState<Timeslot | null>(null);
    const action = useAction(move, {
        appointment,
        done: t("editor.moved"),
        onDone: onClose,
        onLocked,
    });
    const hasBegun = Date.parse(appointment.start) <= useNow(15_000);
    const alternatives = action.error instanceof Problem ? action.error.alternatives : [];
    const pick = (timeslot: Timeslot) => {
        action.reset();
        setChosen(timeslot);
    };
    return (
        <ActionDialog
            wide
            title={t("editor.moveTitle", { name: appointment.userName })}
            description={t("editor.moveText", { time: dayAndClock(appointment.start) })}
            confirm={
                chosen
                    ? t("editor.moveYes", { time: dayAndClock(chosen.start) })
                    : t("editor.reschedule")
            }
            isReady={chosen !== null}
            needsReason={hasBegun}
            busy={action.isPending}
            error={action.error}
            onClose={onClose}
            onConfirm={(tap) => {
                if (!chosen) return;
                const { id: timeslotId, providerId } = chosen;
                // Another time is another tap.
                const key = `${tap.key}-${timeslotId}`;
                action.mutate({ ...tap, key, timeslotId, providerId });
            }}
        >
            <TimeslotPicker
                providerId={appointment.providerId}
                serviceId={appointment.serviceId}
                initialDay={dayKey(appointment.start)}
                excludedTimeslotId={appointment.slotId ?? undefined}
                onPick={pick}
            />
            {chosen && <Notice>{t("editor.moveTo", { time: dayAndClock(chosen.start) })}</Notice>}
            {alternatives.length > 0 && (
                <div className="flex flex-wrap gap-2">
                    {alternatives.map((timeslot) => (
                        <Button
                            key={timeslot.id}
                            look="secondary"
                            size="small"
                            onClick={() => pick(timeslot)}
                        >
                            {dayAndClock(timeslot.start)}
                        </Button>
                    ))}
                </div>
            )}
        </ActionDialog>
    );
}
