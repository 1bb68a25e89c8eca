import type { Schemas } from "~/api/client";

export type Connection = Schemas["CalendarConnection"];
export type Standing = "works" | "first" | "late" | "unauthorized" | "not_found";
/** A wish to sync: when, by the server's clock, and by this browser's in ms. */
export type Asked = { at: string; since: number };

/** It is read every five minutes; some reads may fail before anybody has to know. */
const LATE_MS = 20 * 60_000;
const SLOW_MS = 60_000;

/** How a connection does; `first`: it was not read yet, `late`: its server does not answer. */
export function standingOf(
    {
        state,
        reason,
        busy,
        lastSyncedAt,
        updatedAt,
    }: Pick<Connection, "state" | "reason" | "busy" | "lastSyncedAt" | "updatedAt">,
    now: number,
): Standing {
    if (state === "needs_attention") return reason ?? "unauthorized";
    if (!busy) return "works";
    // Whoever turns busy times on again waits for the next read, not since the last one.
    const since = Math.max(Date.parse(lastSyncedAt ?? updatedAt), Date.parse(updatedAt));
    if (now - since > LATE_MS) return "late";
    return lastSyncedAt ? "works" : "first";
}

/** What became of a wish to sync; null where the connection itself says why nothing does. */
export function newsOf(
    connection: Pick<Connection, "state" | "lastSyncedAt">,
    asked: Asked,
    now: number,
): "reading" | "done" | "slow" | null {
    if (connection.state === "needs_attention") return null;
    const { lastSyncedAt } = connection;
    if (lastSyncedAt && Date.parse(lastSyncedAt) >= Date.parse(asked.at)) return "done";
    return now - asked.since > SLOW_MS ? "slow" : "reading";
}

/** What people call a calendar: its name, else the last part of its address that says something. */
export function calendarName({ name, url }: { name: string; url: string }): string {
    if (name.trim()) return name;
    try {
        const { host, pathname } = new URL(url);
        return decodeURIComponent(pathname.split("/").filter(Boolean).at(-1) ?? host);
    } catch {
        return url;
    }
}

/** People copy addresses without the scheme. */
export function withScheme(address: string): string {
    const text = address.trim();
    return text === "" || /^[a-z][a-z0-9+.-]*:/i.test(text) ? text : `https://${text}`;
}

/** The address that calendar apps of a device take over by themselves. */
export function webcal(url: string): string {
    return url.replace(/^https?:/, "webcal:");
}
