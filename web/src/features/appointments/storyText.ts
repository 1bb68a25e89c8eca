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
export function entryText(entry: AuditEntry): string {
    const { changes, action } = entry;
    const isRequest = action === "created" && entry.newStatus === "requested";
    return t(`appointments.did.${isRequest ? "requested" : action}`, {
        from: time(changes.start?.from),
        to: time(changes.start?.to),
        fields: fieldNames(changes),
    });
}
