import { useState } from "react";
import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { Link } from "react-router";
import { z } from "zod";
import { newKey } from "~/api/client";
import { Problem } from "~/api/problem";
import { useToast } from "~/app/useToast";
import { useFacilities, useServices, type Provider } from "~/features/catalogue/queries";
import { addDays, dayAndClock, dayKey } from "~/lib/time";
import { minutesOf, momentOf } from "~/lib/wall";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Field, Select } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Card } from "~/ui/Page";
import { usePublishSlot } from "./queries";

const shape = z.object({
    day: z.iso.date(),
    start: z.iso.time(),
    end: z.iso.time(),
    facilityId: z.string().min(1),
    serviceId: z.string(),
});

/** Publishes one slot, at a time that the schedule does not have. */
export function SingleTab({ provider }: { provider: Provider }) {
    const facilities = (useFacilities().data ?? []).filter(({ id }) =>
        provider.facilityIds.includes(id),
    );
    const services = (useServices().data ?? []).filter(({ id }) =>
        provider.serviceIds.includes(id),
    );
    const zone = provider.timezone;
    const publish = usePublishSlot();
    const toast = useToast();
    // One for each slot that is published; a second try of the same has the same.
    const [key, setKey] = useState(newKey);
    const form = useForm({
        resolver: zodResolver(shape),
        defaultValues: {
            day: addDays(dayKey(new Date(), zone), 1),
            start: "09:00",
            end: "09:30",
            facilityId: provider.facilityIds[0] ?? "",
            serviceId: "",
        },
    });
    const submit = form.handleSubmit(({ day, start, end, facilityId, serviceId }) => {
        const lastDay = minutesOf(end) <= minutesOf(start) ? addDays(day, 1) : day;
        const slot = {
            providerId: provider.id,
            facilityId,
            serviceId: serviceId || null,
            start: momentOf(day, minutesOf(start), zone),
            end: momentOf(lastDay, minutesOf(end), zone),
        };
        publish.mutate(
            { slot, key },
            {
                onSuccess: () =>
                    toast.done(t("publish.published", { time: dayAndClock(slot.start, zone) })),
                onSettled: (_slot, error) => {
                    const isUnknown = error instanceof Problem && error.status === 0;
                    if (!isUnknown) setKey(newKey());
                },
            },
        );
    });
    const { errors } = form.formState;
    const isOverlap = publish.error instanceof Problem && publish.error.scenario === "slot_overlap";
    return (
        <Card className="p-5">
            <form className="flex max-w-xl flex-col gap-4" onSubmit={submit} noValidate>
                {isOverlap && (
                    <Notice
                        tone="error"
                        action={
                            <Link
                                className="font-semibold underline"
                                to={`/calendar?day=${form.getValues("day")}&providers=${provider.id}`}
                            >
                                {t("publish.seeCalendar")}
                            </Link>
                        }
                    >
                        {t("publish.overlap")}
                    </Notice>
                )}
                {publish.isError && !isOverlap && <ErrorNotice error={publish.error} />}
                <Field
                    label={t("publish.date")}
                    type="date"
                    error={errors.day && t("publish.fault.missing")}
                    {...form.register("day")}
                />
                <div className="grid grid-cols-2 gap-3">
                    <Field
                        label={t("publish.from")}
                        type="time"
                        error={errors.start && t("publish.fault.missing")}
                        {...form.register("start")}
                    />
                    <Field
                        label={t("publish.to")}
                        type="time"
                        error={errors.end && t("publish.fault.missing")}
                        {...form.register("end")}
                    />
                </div>
                <Select
                    label={t("publish.facility")}
                    error={errors.facilityId && t("publish.fault.missing")}
                    {...form.register("facilityId")}
                >
                    {facilities.map(({ id, name }) => (
                        <option key={id} value={id}>
                            {name}
                        </option>
                    ))}
                </Select>
                <Select label={t("publish.service")} {...form.register("serviceId")}>
                    <option value="">{t("publish.anyService")}</option>
                    {services.map(({ id, title }) => (
                        <option key={id} value={id}>
                            {title}
                        </option>
                    ))}
                </Select>
                <Button type="submit" className="self-start" busy={publish.isPending}>
                    {t("publish.publishOne")}
                </Button>
            </form>
        </Card>
    );
}
