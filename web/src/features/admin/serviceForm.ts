import { z } from "zod";
import type { Service } from "~/features/catalogue/queries";
import { t } from "~/text/staff";
import { centsOf, typedAmount } from "./amounts";
import type { Fields } from "./merging";

const amount = z.string().refine((typed) => centsOf(typed, "EUR") !== null, t("admin.needsAmount"));
const whole = (lowest: number) =>
    z
        .string()
        .regex(/^\d+$/, t("admin.needsNumber"))
        .refine((typed) => Number(typed) >= lowest, t("admin.needsNumber"));

/** The form: everything as it is typed. */
export const serviceShape = z.object({
    title: z.string().trim().min(1, t("admin.needed")),
    description: z.string().trim(),
    durationMinutes: whole(1),
    bufferBeforeMinutes: whole(0),
    bufferAfterMinutes: whole(0),
    price: amount,
    currency: z.string().regex(/^[A-Z]{3}$/, t("admin.needsCurrency")),
    freeUntilHours: whole(0),
    lateFeeKind: z.enum(["none", "percent", "amount"]),
    lateFee: amount,
    noShowFee: amount,
    isActive: z.boolean(),
});
export type ServiceValues = z.infer<typeof serviceShape>;

export function valuesOfService(row: Service | null): ServiceValues {
    const currency = row?.currency ?? "EUR";
    const policy = row?.cancellationPolicy;
    const percent = policy?.lateFeePercent ?? null;
    const cents = policy?.lateFeeCents ?? null;
    return {
        title: row?.title ?? "",
        description: row?.description ?? "",
        durationMinutes: String(row?.durationMinutes ?? 30),
        bufferBeforeMinutes: String(row?.bufferBeforeMinutes ?? 0),
        bufferAfterMinutes: String(row?.bufferAfterMinutes ?? 0),
        price: typedAmount(row?.priceCents ?? 0, currency),
        currency,
        freeUntilHours: String(policy?.freeUntilHours ?? 24),
        lateFeeKind: percent !== null ? "percent" : cents !== null ? "amount" : "none",
        lateFee: percent !== null ? String(percent) : typedAmount(cents ?? 0, currency),
        noShowFee: typedAmount(policy?.noShowFeeCents ?? 0, currency),
        isActive: row?.isActive ?? true,
    };
}

/** As the API has them. */
export function fieldsOfService(values: ServiceValues): Fields {
    const { currency, lateFeeKind } = values;
    return {
        title: values.title,
        description: values.description || null,
        durationMinutes: Number(values.durationMinutes),
        bufferBeforeMinutes: Number(values.bufferBeforeMinutes),
        bufferAfterMinutes: Number(values.bufferAfterMinutes),
        priceCents: centsOf(values.price, currency),
        currency,
        cancellationPolicy: {
            freeUntilHours: Number(values.freeUntilHours),
            lateFeeCents: lateFeeKind === "amount" ? centsOf(values.lateFee, currency) : null,
            lateFeePercent:
                lateFeeKind === "percent"
                    ? Math.round(Number(values.lateFee.replace(",", ".")))
                    : null,
            noShowFeeCents: centsOf(values.noShowFee, currency),
        },
        isActive: values.isActive,
    };
}
