import type { InfiniteData, QueryClient } from "@tanstack/react-query";
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

/**
 * Applies a booking.* event to what is kept. A row that is known one version earlier takes the
 * changed fields at once; history and order of lists come with a fetch behind it.
 */
export function applyBooking(client: QueryClient, event: LiveEvent): void {
    const { appointmentId, version, updates } = event as unknown as BookingEvent;
    client.setQueryData<Kept>(appointmentKey(appointmentId), (kept) =>
        kept && kept.value.version + 1 === version
            ? { ...kept, value: { ...kept.value, ...updates, version } }
            : kept,
    );
    client.setQueriesData<Pages>({ queryKey: APPOINTMENT_LISTS }, (kept) => {
        if (!kept || !("pages" in kept)) return kept;
        const patch = (item: Appointment) =>
            item.id === appointmentId && item.version < version
                ? { ...item, ...updates, version }
                : item;
        return {
            ...kept,
            pages: kept.pages.map((page) => ({ ...page, items: page.items.map(patch) })),
        };
    });
    void client.invalidateQueries({ queryKey: appointmentKey(appointmentId) });
    void client.invalidateQueries({ queryKey: APPOINTMENT_LISTS });
}

/** Everything about appointments is to be fetched again: the events do not reach back. */
export function refetchBookings(client: QueryClient): void {
    void client.invalidateQueries({ queryKey: ["appointment"] });
    void client.invalidateQueries({ queryKey: APPOINTMENT_LISTS });
}
