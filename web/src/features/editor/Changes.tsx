import type { Schemas } from "~/api/client";
import { useFacilities, useProviders, useServices } from "~/features/catalogue/queries";
import { money } from "~/lib/money";
import { dayAndClock } from "~/lib/time";
import { t, type TextKey } from "~/text/staff";

type AuditEntry = Schemas["AuditEntry"];

/** What people want to know of a change; ids of slots and the booking's policy are not. */
const SHOWN = [
    "status",
    "start",
    "end",
    "providerId",
    "facilityId",
    "serviceId",
    "priority",
    "notes",
    "priceCents",
    "feeCents",
    "refundCents",
    "clientConfirmedAt",
] as const;
type Shown = (typeof SHOWN)[number];

/** A recorded value in words; "" for none. */
function useWords(): (field: Shown, value: unknown) => string {
    const providers = useProviders().data ?? [];
    const facilities = useFacilities().data ?? [];
    const services = useServices().data ?? [];
    const words = (field: Shown, text: string): string => {
        switch (field) {
            case "status":
                return t(`status.${text}` as TextKey);
            case "priority":
                return t(`priority.${text}` as TextKey);
            case "start":
            case "end":
            case "clientConfirmedAt":
                return dayAndClock(text);
            case "providerId":
                return providers.find(({ id }) => id === text)?.name ?? t("timeline.gone");
            case "facilityId":
                return facilities.find(({ id }) => id === text)?.name ?? t("timeline.gone");
            case "serviceId":
                return services.find(({ id }) => id === text)?.title ?? t("timeline.gone");
            default:
                return text;
        }
    };
    return (field, value) =>
        typeof value === "string" || typeof value === "number" ? words(field, String(value)) : "";
}

/** Field by field, what it said before and what it says since. */
export function Changes({ entry, currency }: { entry: AuditEntry; currency: string }) {
    const words = useWords();
    const fields = SHOWN.filter((field) => field in entry.changes);
    if (fields.length === 0) return null;
    const shown = (field: Shown, value: unknown) =>
        field.endsWith("Cents") && typeof value === "number"
            ? money(value, currency)
            : words(field, value);
    return (
        <dl className="mt-2 flex flex-col gap-1.5 text-sm">
            {fields.map((field) => {
                const from = shown(field, entry.changes[field]?.from);
                const to = shown(field, entry.changes[field]?.to);
                return (
                    <div key={field}>
                        <dt className="font-medium text-muted">{t(`timeline.field.${field}`)}</dt>
                        <dd className="wrap-anywhere whitespace-pre-line">
                            {from && (
                                <del className="mr-2 rounded bg-red-soft px-1 text-red">{from}</del>
                            )}
                            <ins className="rounded bg-accent-soft px-1 text-accent no-underline">
                                {to || t("timeline.nothing")}
                            </ins>
                        </dd>
                    </div>
                );
            })}
        </dl>
    );
}
