import type { InfiniteData, QueryClient, QueryKey } from "@tanstack/react-query";
import type { ListPage } from "~/api/lists";
import {
    APPOINTMENT_LISTS,
    appointmentKey,
    type Appointment,
    type AppointmentWithAudit,
} from "~/features/appointments/queries";
import type { LiveEvent } from "./socket";

type Kept = { value: AppointmentWithAudit; etag: string };
type Pages = InfiniteData<ListPage<Appointment>>;
type BookingEvent = { appointmentId: string; version: number; updates: Partial<Appointment> };

// A bulk action sends a hundred events at once: lists are fetched once after them.
const GATHER_MS = 100;
const waiting = new WeakMap<QueryClient, Map<string, QueryKey>>();

function isFetchingMore(client: QueryClient, queryKey: QueryKey): boolean {
    const fetching = client.getQueryCache().findAll({ queryKey, fetchStatus: "fetching" });
    return fetching.some((query) => query.state.fetchMeta?.fetchMore);
}

function fetchSoon(client: QueryClient, queryKey: QueryKey): void {
    let keys = waiting.get(client);
    if (!keys) {
        keys = new Map();
        waiting.set(client, keys);
        setTimeout(() => {
            const gathered = waiting.get(client);
            waiting.delete(client);
            for (const key of gathered?.values() ?? []) {
                // Fetching again would end a fetch of the next page that somebody asked for.
                if (isFetchingMore(client, key)) fetchSoon(client, key);
                else void client.invalidateQueries({ queryKey: key });
            }
        }, GATHER_MS);
    }
    keys.set(JSON.stringify(queryKey), queryKey);
}

/**
 * Applies a booking.* event to what is kept. A row that is known one version earlier takes the
 * changed fields at once; history, the order of lists, and rows that are older still come with a
 * fetch behind it.
 */
export function applyBooking(client: QueryClient, event: LiveEvent): void {
    const { appointmentId, version, updates } = event as unknown as BookingEvent;
    const patch = <T extends Appointment>(item: T): T =>
        item.id === appointmentId && item.version + 1 === version
            ? { ...item, ...updates, version }
            : item;
    client.setQueryData<Kept>(
        appointmentKey(appointmentId),
        (kept) => kept && { ...kept, value: patch(kept.value) },
    );
    client.setQueriesData<Pages>({ queryKey: APPOINTMENT_LISTS }, (kept) => {
        if (!kept || !("pages" in kept)) return kept;
        const pages = kept.pages.map((page) => ({ ...page, items: page.items.map(patch) }));
        return { ...kept, pages };
    });
    fetchSoon(client, appointmentKey(appointmentId));
    fetchSoon(client, APPOINTMENT_LISTS);
}

/** Everything about appointments is to be fetched again: the events do not reach back. */
export function refetchBookings(client: QueryClient): void {
    fetchSoon(client, ["appointment"]);
    fetchSoon(client, APPOINTMENT_LISTS);
}
