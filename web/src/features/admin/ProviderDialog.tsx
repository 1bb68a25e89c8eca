import { zodResolver } from "@hookform/resolvers/zod";
import { useForm, type UseFormRegisterReturn } from "react-hook-form";
import { z } from "zod";
import { useFacilities, useServices, type Provider } from "~/features/catalogue/queries";
import { userZone } from "~/lib/time";
import { t } from "~/text/staff";
import { Field, TextArea } from "~/ui/Field";
import { Check } from "./Check";
import { ItemDialog } from "./ItemDialog";
import { PROVIDERS } from "./nouns";
import { ZoneSelect } from "./ZoneSelect";

const shape = z.object({
    name: z.string().trim().min(1, t("admin.needed")),
    bio: z.string().trim(),
    timezone: z.string(),
    facilityIds: z.array(z.string()),
    serviceIds: z.array(z.string()),
    isActive: z.boolean(),
});

function Choices({
    legend,
    options,
    none,
    register,
}: {
    legend: string;
    options: { id: string; label: string }[];
    none: string;
    register: UseFormRegisterReturn;
}) {
    return (
        <fieldset className="rounded-xl border border-line-strong px-3 pb-2">
            <legend className="px-1 font-medium">{legend}</legend>
            {options.length === 0 && <p className="text-sm text-muted">{none}</p>}
            <div className="grid sm:grid-cols-2 sm:gap-x-4">
                {options.map(({ id, label }) => (
                    <Check key={id} label={label} value={id} {...register} />
                ))}
            </div>
        </fieldset>
    );
}

export function ProviderDialog({ row, onClose }: { row: Provider | null; onClose: () => void }) {
    const facilities = useFacilities().data ?? [];
    const services = useServices().data ?? [];
    const timezone = row?.timezone ?? userZone;
    const form = useForm({
        resolver: zodResolver(shape),
        defaultValues: {
            name: row?.name ?? "",
            bio: row?.bio ?? "",
            timezone,
            facilityIds: row?.facilityIds ?? [],
            serviceIds: row?.serviceIds ?? [],
            isActive: row?.isActive ?? true,
        },
    });
    const { errors } = form.formState;
    return (
        <ItemDialog
            noun={PROVIDERS}
            row={row}
            zoneOf={(now) => now.timezone}
            onClose={onClose}
            submit={(save) =>
                form.handleSubmit((values) =>
                    save({
                        ...values,
                        bio: values.bio || null,
                        facilityIds: values.facilityIds.toSorted(),
                        serviceIds: values.serviceIds.toSorted(),
                    }),
                )
            }
        >
            {(errorOf) => (
                <>
                    <Field
                        label={t("admin.field.name")}
                        error={errors.name?.message ?? errorOf("name")}
                        {...form.register("name")}
                    />
                    <TextArea
                        label={t("admin.field.bio")}
                        error={errorOf("bio")}
                        {...form.register("bio")}
                    />
                    <ZoneSelect
                        set={timezone}
                        error={errorOf("timezone")}
                        {...form.register("timezone")}
                    />
                    <Choices
                        legend={t("admin.field.facilityIds")}
                        none={t("admin.catalogue.noneYet.facility")}
                        options={facilities.map(({ id, name }) => ({ id, label: name }))}
                        register={form.register("facilityIds")}
                    />
                    <Choices
                        legend={t("admin.field.serviceIds")}
                        none={t("admin.catalogue.noneYet.service")}
                        options={services.map(({ id, title }) => ({ id, label: title }))}
                        register={form.register("serviceIds")}
                    />
                    <Check
                        label={t("admin.catalogue.takesBookings")}
                        {...form.register("isActive")}
                    />
                </>
            )}
        </ItemDialog>
    );
}
