import { useQueryClient } from "@tanstack/react-query";
import { useChannel } from "./LiveProvider";
import { applyBooking, refetchBookings } from "./patches";
import type { LiveEvent } from "./socket";

/** Keeps the appointments on the screen as they are, from a channel that carries booking.*. */
export function useBookings(channel: string | null, onEvent?: (event: LiveEvent) => void): void {
    const client = useQueryClient();
    useChannel(
        channel,
        (event) => {
            if (event.type.startsWith("booking.")) applyBooking(client, event);
            onEvent?.(event);
        },
        () => refetchBookings(client),
    );
}
