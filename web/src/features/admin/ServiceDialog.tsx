import { zodResolver } from "@hookform/resolvers/zod";
import { useForm, useWatch } from "react-hook-form";
import type { Service } from "~/features/catalogue/queries";
import { t } from "~/text/staff";
import { Field, Select, TextArea } from "~/ui/Field";
import { Check } from "./Check";
import { ItemDialog } from "./ItemDialog";
import { SERVICES } from "./nouns";
import { fieldsOfService, serviceShape, valuesOfService, type ServiceValues } from "./serviceForm";

export function ServiceDialog({ row, onClose }: { row: Service | null; onClose: () => void }) {
    const form = useForm({
        resolver: zodResolver(serviceShape),
        defaultValues: valuesOfService(row),
    });
    const { errors } = form.formState;
    const kind = useWatch({ control: form.control, name: "lateFeeKind" });
    return (
        <ItemDialog
            noun={SERVICES}
            row={row}
            onClose={onClose}
            submit={(save) => form.handleSubmit((values) => save(fieldsOfService(values)))}
        >
            {(errorOf) => {
                const field = (name: keyof ServiceValues, wire: string = name) => ({
                    error: errors[name]?.message ?? errorOf(wire),
                    ...form.register(name),
                });
                return (
                    <>
                        <Field label={t("admin.field.title")} {...field("title")} />
                        <TextArea label={t("admin.field.description")} {...field("description")} />
                        <div className="grid gap-4 sm:grid-cols-3">
                            <Field
                                label={t("admin.field.durationMinutes")}
                                inputMode="numeric"
                                {...field("durationMinutes")}
                            />
                            <Field
                                label={t("admin.field.bufferBeforeMinutes")}
                                inputMode="numeric"
                                {...field("bufferBeforeMinutes")}
                            />
                            <Field
                                label={t("admin.field.bufferAfterMinutes")}
                                inputMode="numeric"
                                {...field("bufferAfterMinutes")}
                            />
                            <Field
                                label={t("admin.field.price")}
                                inputMode="decimal"
                                {...field("price", "priceCents")}
                            />
                            <Field
                                label={t("admin.field.currency")}
                                autoCapitalize="characters"
                                maxLength={3}
                                {...field("currency")}
                            />
                        </div>
                        <fieldset className="flex flex-col gap-4 rounded-xl border border-line-strong p-3 pt-1">
                            <legend className="px-1 font-medium">
                                {t("admin.field.cancellationPolicy")}
                            </legend>
                            <p className="text-sm text-muted">{t("admin.catalogue.policyHint")}</p>
                            <div className="grid gap-4 sm:grid-cols-2">
                                <Field
                                    label={t("admin.field.freeUntilHours")}
                                    inputMode="numeric"
                                    {...field("freeUntilHours")}
                                />
                                <Select
                                    label={t("admin.field.lateFeeKind")}
                                    {...form.register("lateFeeKind")}
                                >
                                    {(["none", "percent", "amount"] as const).map((one) => (
                                        <option key={one} value={one}>
                                            {t(`admin.catalogue.lateFee.${one}`)}
                                        </option>
                                    ))}
                                </Select>
                                {kind !== "none" && (
                                    <Field
                                        label={t(`admin.catalogue.lateFeeOf.${kind}`)}
                                        inputMode="decimal"
                                        {...field(
                                            "lateFee",
                                            kind === "percent" ? "lateFeePercent" : "lateFeeCents",
                                        )}
                                    />
                                )}
                                <Field
                                    label={t("admin.field.noShowFee")}
                                    inputMode="decimal"
                                    {...field("noShowFee", "noShowFeeCents")}
                                />
                            </div>
                        </fieldset>
                        <Check
                            label={t("admin.catalogue.isOffered")}
                            {...form.register("isActive")}
                        />
                    </>
                );
            }}
        </ItemDialog>
    );
}
