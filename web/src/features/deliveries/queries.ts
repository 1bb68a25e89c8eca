import {
    keepPreviousData,
    useInfiniteQuery,
    useMutation,
    useQuery,
    useQueryClient,
} from "@tanstack/react-query";
import { api, data, newKey, type Schemas } from "~/api/client";
import { byCursor, everything } from "~/api/lists";
import { queryOf, type Filter } from "./filter";

export type Lane = Schemas["Lane"];
export type Order = Schemas["BulkDeliveriesRequest"];
export const DELIVERIES = ["deliveries"] as const;
const LANES = [...DELIVERIES, "lanes"] as const;
const PAGE = 25;
const LIMIT = 100;
/** What leaves the server has no channel of live updates: it is looked at now and then. */
const REFRESH_MS = 5000;
export const BADGE_MS = 60_000;

export function useSummary(refreshMs: number) {
    return useQuery({
        queryKey: [...DELIVERIES, "summary"],
        refetchInterval: refreshMs,
        queryFn: () => data(api.GET("/api/v1/deliveries/summary")),
    });
}

export function useDeliveries(filter: Filter) {
    return useInfiniteQuery({
        queryKey: [...DELIVERIES, "list", filter],
        staleTime: 0,
        refetchInterval: REFRESH_MS,
        placeholderData: keepPreviousData,
        queryFn: ({ pageParam }) =>
            data(
                api.GET("/api/v1/deliveries", {
                    params: {
                        query: { ...queryOf(filter), limit: PAGE, cursor: pageParam ?? undefined },
                    },
                }),
            ),
        ...byCursor,
    });
}

export function useDelivery(id: string) {
    return useQuery({
        queryKey: [...DELIVERIES, "one", id],
        staleTime: 0,
        refetchInterval: REFRESH_MS,
        queryFn: () =>
            data(
                api.GET("/api/v1/deliveries/{delivery_id}", {
                    params: { path: { delivery_id: id } },
                }),
            ),
    });
}

export function useAppointmentMessages(appointmentId: string) {
    return useInfiniteQuery({
        queryKey: [...DELIVERIES, "appointment", appointmentId],
        staleTime: 0,
        refetchInterval: REFRESH_MS,
        queryFn: ({ pageParam }) =>
            data(
                api.GET("/api/v1/appointments/{appointment_id}/deliveries", {
                    params: {
                        path: { appointment_id: appointmentId },
                        query: { cursor: pageParam ?? undefined },
                    },
                }),
            ),
        ...byCursor,
    });
}

export function useOwnMessages(userId: string) {
    return useInfiniteQuery({
        queryKey: [...DELIVERIES, "own", userId],
        staleTime: 0,
        queryFn: ({ pageParam }) =>
            data(
                api.GET("/api/v1/users/{user_id}/deliveries", {
                    params: {
                        path: { user_id: userId },
                        query: { cursor: pageParam ?? undefined },
                    },
                }),
            ),
        ...byCursor,
    });
}

/** Sends one again; a second tap meanwhile means the same. */
export function useResend() {
    const client = useQueryClient();
    return useMutation({
        mutationFn: (id: string) =>
            data(
                api.POST("/api/v1/deliveries/{delivery_id}/resend", {
                    params: { path: { delivery_id: id } },
                    headers: { "Idempotency-Key": newKey() },
                }),
            ),
        onSettled: () => client.invalidateQueries({ queryKey: DELIVERIES }),
    });
}

export function useBulk() {
    const client = useQueryClient();
    return useMutation({
        mutationFn: ({ body, key }: { body: Order; key: string }) =>
            data(
                api.POST("/api/v1/deliveries/bulk", { body, headers: { "Idempotency-Key": key } }),
            ),
        onSettled: () => client.invalidateQueries({ queryKey: DELIVERIES }),
    });
}

export function useLanes() {
    return useQuery({
        queryKey: LANES,
        refetchInterval: REFRESH_MS,
        queryFn: () =>
            everything((cursor) =>
                data(api.GET("/api/v1/lanes", { params: { query: { limit: LIMIT, cursor } } })),
            ),
    });
}

export function useSteerLane() {
    const client = useQueryClient();
    return useMutation({
        mutationFn: ({ id, verb }: { id: string; verb: "pause" | "resume" }) =>
            data(
                api.POST(
                    verb === "pause"
                        ? "/api/v1/lanes/{lane_id}/pause"
                        : "/api/v1/lanes/{lane_id}/resume",
                    { params: { path: { lane_id: id } } },
                ),
            ),
        onSettled: () => client.invalidateQueries({ queryKey: DELIVERIES }),
    });
}
