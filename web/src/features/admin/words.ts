import { useFacilities, useServices, type Service } from "~/features/catalogue/queries";
import { money } from "~/lib/money";
import { t } from "~/text/staff";
import type { Fields } from "./merging";

type Policy = Service["cancellationPolicy"];

/** "Free until 24 hours before, then 50 %. No-show: €20.00." */
export function policyWords(policy: Policy, currency: string): string {
    const { freeUntilHours, lateFeeCents, lateFeePercent, noShowFeeCents } = policy;
    const late = lateFeeCents ? money(lateFeeCents, currency) : `${lateFeePercent ?? 0} %`;
    const isFree = !lateFeeCents && !lateFeePercent;
    const parts = [
        isFree
            ? t("admin.catalogue.policyFree")
            : t("admin.catalogue.policyLate", { hours: freeUntilHours, fee: late }),
    ];
    if (noShowFeeCents)
        parts.push(t("admin.catalogue.policyNoShow", { fee: money(noShowFeeCents, currency) }));
    return parts.join(" ");
}

/** A field of the catalogue as people say it; amounts in the currency of the row they belong to. */
export function useWords(): (field: string, value: unknown, row: Fields) => string {
    const facilities = useFacilities().data ?? [];
    const services = useServices().data ?? [];
    const nameOf = (id: string) =>
        facilities.find((one) => one.id === id)?.name ??
        services.find((one) => one.id === id)?.title ??
        "?";
    return (field, value, row) => {
        const currency = typeof row.currency === "string" ? row.currency : "EUR";
        if (field === "cancellationPolicy") return policyWords(value as Policy, currency);
        if (Array.isArray(value)) return value.map(String).map(nameOf).join(", ") || "–";
        if (typeof value === "boolean") return t(value ? "admin.yes" : "admin.no");
        if (typeof value === "number")
            return field.endsWith("Cents") ? money(value, currency) : String(value);
        return typeof value === "string" && value ? value : "–";
    };
}
