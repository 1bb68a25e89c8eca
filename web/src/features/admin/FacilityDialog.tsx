import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { z } from "zod";
import type { Facility } from "~/features/catalogue/queries";
import { userZone } from "~/lib/time";
import { t } from "~/text/staff";
import { Field, TextArea } from "~/ui/Field";
import { ItemDialog } from "./ItemDialog";
import { FACILITIES } from "./nouns";
import { ZoneSelect } from "./ZoneSelect";

const shape = z.object({
    name: z.string().trim().min(1, t("admin.needed")),
    timezone: z.string(),
    address: z.string().trim(),
    email: z.string().trim(),
    phone: z.string().trim(),
    locale: z.string().trim(),
});

export function FacilityDialog({ row, onClose }: { row: Facility | null; onClose: () => void }) {
    const timezone = row?.timezone ?? userZone;
    const form = useForm({
        resolver: zodResolver(shape),
        defaultValues: {
            name: row?.name ?? "",
            timezone,
            address: row?.address ?? "",
            email: row?.email ?? "",
            phone: row?.phone ?? "",
            locale: row?.locale ?? "",
        },
    });
    const { errors } = form.formState;
    return (
        <ItemDialog
            noun={FACILITIES}
            row={row}
            onClose={onClose}
            submit={(save) =>
                form.handleSubmit((values) =>
                    save({
                        ...values,
                        address: values.address || null,
                        email: values.email || null,
                        phone: values.phone || null,
                        locale: values.locale || null,
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
                        label={t("admin.field.address")}
                        error={errorOf("address")}
                        {...form.register("address")}
                    />
                    <Field
                        label={t("admin.field.email")}
                        type="email"
                        error={errorOf("email")}
                        {...form.register("email")}
                    />
                    <Field
                        label={t("admin.field.phone")}
                        type="tel"
                        error={errorOf("phone")}
                        {...form.register("phone")}
                    />
                    <Field
                        label={t("admin.field.locale")}
                        hint={t("admin.localeHint")}
                        error={errorOf("locale")}
                        {...form.register("locale")}
                    />
                    <ZoneSelect
                        set={timezone}
                        error={errorOf("timezone")}
                        {...form.register("timezone")}
                    />
                </>
            )}
        </ItemDialog>
    );
}
