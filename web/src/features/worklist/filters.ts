import type { Appointment } from "~/features/appointments/queries";
import { dayKey } from "~/lib/time";
import { periodOf } from "~/lib/wall";

/** What the worklist shows; it stands in the address, so that it can be kept and shared. */
export type Filters = {
    /** Days of the user's zone; "" for no bound. */
    from: string;
    to: string;
    providerId: string;
    status: Appointment["status"] | "";
    q: string;
};

export const STATUSES = ["requested", "confirmed", "completed", "no_show", "cancelled"] as const;
const DAY = /^\d{4}-\d\d-\d\d$/;
const Q_MAXIMUM = 100;

function day(text: string | null, otherwise: string): string {
    if (text === null) return otherwise;
    return DAY.test(text) && !Number.isNaN(Date.parse(text)) ? text : "";
}

/** Reads the address; the list begins today unless it says otherwise. */
export function readFilters(params: URLSearchParams, today = dayKey(new Date())): Filters {
    return {
        from: day(params.get("from"), today),
        to: day(params.get("to"), ""),
        providerId: params.get("provider") ?? "",
        status: STATUSES.find((one) => one === params.get("status")) ?? "",
        q: (params.get("q") ?? "").slice(0, Q_MAXIMUM),
    };
}

/** The address for these filters; what is as usual is left out. */
export function writeFilters(filters: Filters, today = dayKey(new Date())): URLSearchParams {
    const params = new URLSearchParams();
    if (filters.from !== today) params.set("from", filters.from);
    if (filters.to) params.set("to", filters.to);
    if (filters.providerId) params.set("provider", filters.providerId);
    if (filters.status) params.set("status", filters.status);
    if (filters.q) params.set("q", filters.q);
    return params;
}

/** What the API is asked for. */
export function asQuery({ from, to, providerId, status, q }: Filters) {
    return {
        ...(from && { from: periodOf(from, from).from }),
        ...(to && { to: periodOf(to, to).to }),
        ...(providerId && { providerId }),
        ...(status && { status }),
        ...(q.trim() && { q: q.trim() }),
    };
}
