import { useState } from "react";
import { newKey } from "~/api/client";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { ErrorNotice } from "~/ui/Notice";
import { useChangeSlot, useMoveAppointment } from "./actions";
import type { Meaning } from "./drop";
import { useToast } from "~/app/useToast";

function question(meaning: Meaning): string {
    switch (meaning.kind) {
        case "slot":
            return t("calendar.move.slotSure", {
                from: dayAndClock(meaning.slot.start),
                to: dayAndClock(meaning.start),
            });
        case "appointment":
            return t("calendar.move.sure", {
                name: meaning.appointment.userName,
                from: dayAndClock(meaning.appointment.start),
                to: dayAndClock(meaning.to.start),
            });
        case "other_provider":
            return t("calendar.move.otherProvider");
        case "no_slot":
            return t("calendar.move.noSlot", { time: dayAndClock(meaning.start) });
        case "past":
            return t("calendar.move.past");
    }
}

/** Does what was meant by a drop, once it is confirmed. */
function Question({ meaning, onClose }: { meaning: Meaning; onClose: () => void }) {
    const changeSlot = useChangeSlot();
    const moveAppointment = useMoveAppointment();
    const toast = useToast();
    const [key] = useState(newKey);
    const error = changeSlot.error ?? moveAppointment.error;
    const isPossible = meaning.kind === "slot" || meaning.kind === "appointment";
    const done = (text: string) => ({
        onSuccess: () => {
            toast.done(text);
            onClose();
        },
    });
    const move = () => {
        if (meaning.kind === "slot") {
            const { slot, start, end } = meaning;
            const text = t("calendar.move.slotDone", { time: dayAndClock(start) });
            changeSlot.mutate({ slot, change: { start, end } }, done(text));
        } else if (meaning.kind === "appointment") {
            const { appointment, to } = meaning;
            const text = t("calendar.move.done", {
                name: appointment.userName,
                to: dayAndClock(to.start),
            });
            moveAppointment.mutate({ appointment, timeslot: to, key }, done(text));
        }
    };
    return (
        <>
            <p>{question(meaning)}</p>
            {error && <ErrorNotice error={error} />}
            <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
                <Button look="secondary" onClick={onClose}>
                    {isPossible ? t("calendar.move.keep") : t("app.close")}
                </Button>
                {isPossible && (
                    <Button
                        autoFocus
                        busy={changeSlot.isPending || moveAppointment.isPending}
                        onClick={move}
                    >
                        {t("calendar.move.submit")}
                    </Button>
                )}
            </div>
        </>
    );
}

/** Asks before what was dragged is moved; says why when it cannot be. */
export function DropDialog({ meaning, onClose }: { meaning: Meaning | null; onClose: () => void }) {
    return (
        <Dialog
            open={meaning !== null}
            onOpenChange={(isOpen) => {
                if (!isOpen) onClose();
            }}
            title={t("calendar.move.title")}
        >
            {meaning && <Question meaning={meaning} onClose={onClose} />}
        </Dialog>
    );
}
