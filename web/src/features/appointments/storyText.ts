import { money } from "~/lib/money";
import { dayAndClock } from "~/lib/time";
import { locale } from "~/lib/locale";
import { t, type TextKey } from "~/text";
import type { AppointmentWithAudit } from "./queries";

export type AuditEntry = AppointmentWithAudit["audit"][number];

const FIELDS: Record<string, TextKey> = {
    notes: "appointments.field.notes",
    priority: "appointments.field.priority",
    serviceId: "appointments.field.service",
};

function time(value: unknown): string {
    return typeof value === "string" ? dayAndClock(value) : "";
}

/** The names of changed fields, each once, in plain words: notes and service. */
export function fieldNames(changes: object): string {
    const names = Object.keys(changes).map((name) => t(FIELDS[name] ?? "appointments.field.other"));
    return new Intl.ListFormat(locale).format(new Set(names));
}

/** What happened, in plain words: Moved from Mon, 23 Nov, 14:30 to Tue, 24 Nov, 09:00. */
export function entryText(entry: AuditEntry, currency: string): string {
    const { changes, action } = entry;
    const fee = Number(changes.feeCents?.to ?? 0);
    if (action === "cancelled" && fee > 0)
        return t("appointments.cancelledFor", { fee: money(fee, currency) });
    if (action === "no_show" && fee > 0)
        return t("appointments.missedFor", { fee: money(fee, currency) });
    const isRequest = action === "created" && entry.newStatus === "requested";
    return t(`appointments.did.${isRequest ? "requested" : action}`, {
        from: time(changes.start?.from),
        to: time(changes.start?.to),
        fields: fieldNames(changes),
    });
}

/** Why, in the words of who did it; what the system says is a code. */
export function reasonText({ reason, actor }: AuditEntry): string | null {
    if (!reason) return null;
    if (actor.type === "system" && reason === "expired") return t("appointments.expired");
    return t("appointments.storyReason", { reason });
}
