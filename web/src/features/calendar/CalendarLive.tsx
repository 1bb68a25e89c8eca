import { useEffect, useRef } from "react";
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useChannel } from "~/realtime/LiveProvider";
import type { LiveEvent } from "~/realtime/socket";
import { useBookings } from "~/realtime/useBookings";
import type { Slot } from "./entries";
import { SLOTS } from "./queries";

const CALM_MS = 250;

/** Shows a slot's new status at once; its other fields come with the fetch behind it. */
export function patchSlot(client: QueryClient, event: LiveEvent): void {
    const { timeslotId, status } = event as unknown as {
        timeslotId: string;
        status: Slot["status"];
    };
    client.setQueriesData<Slot[]>({ queryKey: SLOTS }, (kept) =>
        kept?.map((slot) =>
            slot.id === timeslotId && slot.status !== status
                ? { ...slot, status, heldUntil: null }
                : slot,
        ),
    );
}

function OneProvider({ providerId }: { providerId: string }) {
    const client = useQueryClient();
    const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
    useEffect(() => () => clearTimeout(timer.current), []);
    const fetchSoon = () => {
        clearTimeout(timer.current);
        timer.current = setTimeout(
            () => void client.invalidateQueries({ queryKey: SLOTS }),
            CALM_MS,
        );
    };
    useChannel(
        `provider.${providerId}.availability`,
        (event) => {
            patchSlot(client, event);
            fetchSoon();
        },
        fetchSoon,
    );
    useBookings(`provider.${providerId}.bookings`);
    return null;
}

/** Keeps what is shown of these providers as it is on the server. */
export function CalendarLive({ providerIds }: { providerIds: readonly string[] }) {
    return providerIds.map((id) => <OneProvider key={id} providerId={id} />);
}
