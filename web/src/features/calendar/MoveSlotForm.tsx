import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { Problem } from "~/api/problem";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { useChangeSlot } from "./actions";
import type { Slot } from "./entries";
import { changedTimes, typedOf } from "./moving";
import { useToast } from "~/app/useToast";

const shape = z.object({ day: z.iso.date(), start: z.iso.time(), end: z.iso.time() });

/** Another time for a slot, by the keyboard; dragging it means the same. */
export function MoveSlotForm({ slot, onDone }: { slot: Slot; onDone: () => void }) {
    const change = useChangeSlot();
    const toast = useToast();
    const form = useForm({
        resolver: zodResolver(shape),
        defaultValues: typedOf(slot),
    });
    const submit = form.handleSubmit((typed) => {
        const moved = changedTimes(slot, typed);
        if (!moved.start && !moved.end) {
            onDone();
            return;
        }
        change.mutate(
            { slot, change: moved },
            {
                onSuccess: ({ start }) => {
                    toast.done(t("calendar.move.slotDone", { time: dayAndClock(start) }));
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
