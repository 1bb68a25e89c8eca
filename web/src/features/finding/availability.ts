import { useQuery } from "@tanstack/react-query";
import { api, data, type Schemas } from "~/api/client";
import { everything } from "~/api/lists";
import { useAppSelector } from "~/app/store";
import { addDays } from "~/lib/time";
import { BLOCK_DAYS } from "./days";

export type Timeslot = Schemas["Timeslot"];

/** All lists of timeslots are kept below this key, each as a `Timeslot[]`. */
export const AVAILABILITY = ["availability"] as const;

const FRESH_MS = 5_000;
const POLL_MS = 10_000;
const PAGE = 100;
/** What the API searches of any provider at once. */
const SEARCH_MS = 31 * 86_400_000;

/** Without a live connection (nobody is signed in, or it is away) the list is asked for again. */
function useFreshness() {
    const isLive = useAppSelector((state) => state.ui.connection === "live");
    return { staleTime: FRESH_MS, refetchInterval: isLive ? (false as const) : POLL_MS };
}

/**
 * The timeslots of a provider around a block of the user's days. The API counts days in the
 * provider's zone, so that a day more is asked for at both ends.
 */
export function useProviderTimeslots(providerId: string, serviceId: string, firstDay: string) {
    return useQuery({
        queryKey: [...AVAILABILITY, "provider", providerId, serviceId, firstDay],
        queryFn: async () => {
            const { timeslots } = await data(
                api.GET("/api/v1/providers/{provider_id}/availability", {
                    params: {
                        path: { provider_id: providerId },
                        query: { serviceId, date: addDays(firstDay, -1), days: BLOCK_DAYS + 2 },
                    },
                }),
            );
            return timeslots;
        },
        ...useFreshness(),
    });
}

/** The free timeslots of any provider in a period. */
export function useAnyTimeslots(
    serviceId: string,
    period: { from: string; to: string } | null,
    facilityId: string | undefined,
) {
    const from = period?.from ?? "";
    const to = period?.to ?? "";
    return useQuery({
        queryKey: [...AVAILABILITY, "any", serviceId, from, to, facilityId ?? null],
        enabled: period !== null,
        queryFn: () =>
            everything((cursor) =>
                data(
                    api.GET("/api/v1/availability", {
                        params: { query: { serviceId, from, to, facilityId, limit: PAGE, cursor } },
                    }),
                ),
            ),
        ...useFreshness(),
    });
}

/**
 * The first free timeslot after a moment; null when there is none. Of a provider, or of any (null)
 * within a month.
 */
export function useNextTimeslot(
    providerId: string | null,
    serviceId: string,
    after: string | null,
    facilityId?: string,
) {
    const from = after ?? undefined;
    return useQuery({
        queryKey: ["next-timeslot", providerId, serviceId, after, facilityId ?? null],
        staleTime: FRESH_MS,
        queryFn: () =>
            providerId === null
                ? nextOfAny(serviceId, from, facilityId)
                : nextOf(providerId, serviceId, from),
    });
}

async function nextOf(providerId: string, serviceId: string, after: string | undefined) {
    const { timeslot } = await data(
        api.GET("/api/v1/providers/{provider_id}/availability/next", {
            params: { path: { provider_id: providerId }, query: { serviceId, after } },
        }),
    );
    return timeslot;
}

async function nextOfAny(
    serviceId: string,
    from: string | undefined,
    facilityId: string | undefined,
) {
    const begin = from ?? new Date().toISOString();
    const { items } = await data(
        api.GET("/api/v1/availability", {
            params: {
                query: {
                    serviceId,
                    from: begin,
                    to: new Date(Date.parse(begin) + SEARCH_MS).toISOString(),
                    facilityId,
                    limit: 1,
                },
            },
        }),
    );
    return items[0] ?? null;
}
