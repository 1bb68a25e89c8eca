import { useEffect } from "react";
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useLive } from "~/realtime/LiveProvider";
import type { LiveEvent } from "~/realtime/socket";
import { AVAILABILITY, type Timeslot } from "./availability";

const REFETCH_AFTER_MS = 300;

type TimeslotEvent = { timeslotId: string; status: Timeslot["status"] | "deleted" };

/** The list with one timeslot as the event says; the same list when it is not in it. */
export function withStatus(timeslots: Timeslot[], { timeslotId, status }: TimeslotEvent) {
    if (!timeslots.some((one) => one.id === timeslotId)) return timeslots;
    if (status === "deleted") return timeslots.filter((one) => one.id !== timeslotId);
    return timeslots.map((one) => (one.id === timeslotId ? { ...one, status } : one));
}

/** Patches all kept lists. @returns whether they have to be fetched again nevertheless */
export function applyTimeslot(client: QueryClient, event: TimeslotEvent): boolean {
    let isKnown = false;
    for (const [key, kept] of client.getQueriesData<Timeslot[]>({ queryKey: AVAILABILITY })) {
        const patched = kept && withStatus(kept, event);
        if (patched === kept) continue;
        isKnown = true;
        client.setQueryData(key, patched);
    }
    // A new timeslot comes with a fetch. So does one whose list is on its way: it may be older.
    return (
        (!isKnown && event.status === "available") ||
        client.isFetching({ queryKey: AVAILABILITY }) > 0
    );
}

/** Greys out what is taken of these providers, and brings back what is freed, as it happens. */
export function useLiveTimeslots(providerIds: readonly string[]): void {
    const live = useLive();
    const client = useQueryClient();
    const wanted = [...providerIds].sort().join(" ");
    useEffect(() => {
        if (!live || !wanted) return;
        let timer: ReturnType<typeof setTimeout> | undefined;
        const refetch = () => {
            clearTimeout(timer);
            timer = setTimeout(
                () => void client.invalidateQueries({ queryKey: AVAILABILITY }),
                REFETCH_AFTER_MS,
            );
        };
        const onEvent = (event: LiveEvent) => {
            if (applyTimeslot(client, event as unknown as TimeslotEvent)) refetch();
        };
        const stops = wanted
            .split(" ")
            .map((id) => live.listen(`provider.${id}.availability`, { onEvent, onReset: refetch }));
        return () => {
            clearTimeout(timer);
            for (const stop of stops) stop();
        };
    }, [live, client, wanted]);
}
