import { useState, type SyntheticEvent } from "react";
import { Ban, CalendarPlus, LockOpen, MoveRight, Trash2 } from "lucide-react";
import { countdown } from "~/lib/time";
import { useNow } from "~/lib/useNow";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { useChangeSlot, useDeleteSlot } from "./actions";
import { BookForm } from "./BookForm";
import { slotStatus, type Slot } from "./entries";
import { MoveSlotForm } from "./MoveSlotForm";
import { useToast } from "~/app/useToast";

type Task = "book" | "block" | "move" | "delete";
type Props = { slot: Slot; initialTask: Task | null; onDone: () => void };

function BlockForm({ slot, onDone }: { slot: Slot; onDone: () => void }) {
    const [reason, setReason] = useState("");
    const change = useChangeSlot();
    const submit = (event: SyntheticEvent) => {
        event.preventDefault();
        const why = reason.trim();
        change.mutate({
            slot,
            change: { status: "blocked", ...(why ? { reason: why } : {}) },
            news: t("calendar.slot.blocked"),
        });
        // It is shown as blocked already; a refusal takes that back and says so.
        onDone();
    };
    return (
        <form className="flex flex-col gap-4" onSubmit={submit}>
            <Field
                label={t("calendar.slot.reason")}
                hint={t("calendar.slot.reasonHint")}
                value={reason}
                maxLength={500}
                onChange={(event) => setReason(event.target.value)}
            />
            <Button type="submit">{t("calendar.slot.block")}</Button>
        </form>
    );
}

function DeletePart({ slot, onDone }: { slot: Slot; onDone: () => void }) {
    const remove = useDeleteSlot();
    const toast = useToast();
    return (
        <div className="flex flex-col gap-3">
            {remove.isError && <ErrorNotice error={remove.error} />}
            <Notice tone="warning">{t("calendar.slot.deleteSure")}</Notice>
            <Button
                look="danger"
                busy={remove.isPending}
                onClick={() =>
                    remove.mutate(slot, {
                        onSuccess: () => {
                            toast.done(t("calendar.slot.deleted"));
                            onDone();
                        },
                    })
                }
            >
                {t("calendar.slot.deleteYes")}
            </Button>
        </div>
    );
}

function Held({ until, now }: { until: string; now: number }) {
    return (
        <Notice tone="warning">
            {t("calendar.slot.held", { time: countdown((Date.parse(until) - now) / 1000) })}
        </Notice>
    );
}

/** What can be done with a slot that nobody has booked. */
export function SlotPart({ slot, initialTask, onDone }: Props) {
    const [task, setTask] = useState<Task | null>(initialTask);
    const now = useNow();
    const change = useChangeSlot();
    const status = slotStatus(slot, now);
    if (status === "held" && slot.heldUntil) return <Held until={slot.heldUntil} now={now} />;
    if (status === "held" || status === "booked")
        return <Notice>{t("calendar.slot.justTaken")}</Notice>;
    const isPast = Date.parse(slot.start) <= now;
    const back = (
        <Button look="quiet" className="self-start" onClick={() => setTask(null)}>
            {t("app.back")}
        </Button>
    );
    if (task)
        return (
            <div className="flex flex-col gap-4">
                {task === "book" && <BookForm slot={slot} onDone={onDone} />}
                {task === "block" && <BlockForm slot={slot} onDone={onDone} />}
                {task === "move" && <MoveSlotForm slot={slot} onDone={onDone} />}
                {task === "delete" && <DeletePart slot={slot} onDone={onDone} />}
                {back}
            </div>
        );
    return (
        <div className="flex flex-col gap-2">
            {isPast && <Notice>{t("calendar.slot.past")}</Notice>}
            {status === "available" && !isPast && (
                <Button onClick={() => setTask("book")}>
                    <CalendarPlus aria-hidden size={18} />
                    {t("calendar.slot.book")}
                </Button>
            )}
            {status === "available" && (
                <Button look="secondary" onClick={() => setTask("block")}>
                    <Ban aria-hidden size={18} />
                    {t("calendar.slot.blockWith")}
                </Button>
            )}
            {status === "blocked" && (
                <Button
                    onClick={() => {
                        change.mutate({
                            slot,
                            change: { status: "available" },
                            news: t("calendar.slot.opened"),
                        });
                        onDone();
                    }}
                >
                    <LockOpen aria-hidden size={18} />
                    {t("calendar.slot.unblock")}
                </Button>
            )}
            <Button look="secondary" onClick={() => setTask("move")}>
                <MoveRight aria-hidden size={18} />
                {t("calendar.slot.move")}
            </Button>
            <Button look="danger" onClick={() => setTask("delete")}>
                <Trash2 aria-hidden size={18} />
                {t("calendar.slot.delete")}
            </Button>
        </div>
    );
}
