import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { Problem } from "~/api/problem";
import { addDays, dayAndClock, dayKey } from "~/lib/time";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { useChangeSlot } from "./actions";
import type { Slot } from "./entries";
import { useToast } from "~/app/useToast";
import { clock24, minutesOf, momentOf } from "~/lib/wall";

const shape = z.object({ day: z.iso.date(), start: z.iso.time(), end: z.iso.time() });

/** Another time for a slot, by the keyboard; dragging it means the same. */
export function MoveSlotForm({ slot, onDone }: { slot: Slot; onDone: () => void }) {
    const change = useChangeSlot();
    const toast = useToast();
    const form = useForm({
        resolver: zodResolver(shape),
        defaultValues: {
            day: dayKey(slot.start),
            start: clock24(slot.start),
            end: clock24(slot.end),
        },
    });
    const submit = form.handleSubmit(({ day, start, end }) => {
        // A slot may end on the next day.
        const lastDay = minutesOf(end) <= minutesOf(start) ? addDays(day, 1) : day;
        const moved = {
            start: momentOf(day, minutesOf(start)),
            end: momentOf(lastDay, minutesOf(end)),
        };
        change.mutate(
            { slot, change: moved },
            {
                onSuccess: () => {
                    toast.done(t("calendar.move.slotDone", { time: dayAndClock(moved.start) }));
                    onDone();
                },
            },
        );
    });
    const { errors } = form.formState;
    const isOverlap = change.error instanceof Problem && change.error.scenario === "slot_overlap";
    return (
        <form className="flex flex-col gap-4" onSubmit={submit} noValidate>
            {isOverlap && <Notice tone="error">{t("calendar.move.overlap")}</Notice>}
            {change.isError && !isOverlap && <ErrorNotice error={change.error} />}
            <Field
                label={t("calendar.move.day")}
                type="date"
                error={errors.day && t("calendar.move.dayWrong")}
                {...form.register("day")}
            />
            <div className="grid grid-cols-2 gap-3">
                <Field
                    label={t("calendar.move.from")}
                    type="time"
                    error={errors.start && t("calendar.move.timeWrong")}
                    {...form.register("start")}
                />
                <Field
                    label={t("calendar.move.to")}
                    type="time"
                    error={errors.end && t("calendar.move.timeWrong")}
                    {...form.register("end")}
                />
            </div>
            <Button type="submit" busy={change.isPending}>
                {t("calendar.move.submit")}
            </Button>
        </form>
    );
}
