import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data } from "~/api/client";
import { everything } from "~/api/lists";
import { lastDays, type Days } from "./period";

const LOCKS = ["locks"] as const;
const LIMIT = 100;
// There is no channel of all edit locks; they live for minutes, so that looking now and then will do.
const REFRESH_MS = 5000;

/** Who edits what now. */
export function useHeldLocks() {
    return useQuery({
        queryKey: [...LOCKS, "held"],
        refetchInterval: REFRESH_MS,
        queryFn: () =>
            everything((cursor) =>
                data(api.GET("/api/v1/locks", { params: { query: { limit: LIMIT, cursor } } })),
            ),
    });
}

export function useLockAnalytics(days: Days) {
    return useQuery({
        queryKey: [...LOCKS, "analytics", days],
        placeholderData: keepPreviousData,
        queryFn: () =>
            data(api.GET("/api/v1/locks/analytics", { params: { query: lastDays(days) } })),
    });
}

export function useForceRelease(onDone: () => void) {
    const client = useQueryClient();
    return useMutation({
        mutationFn: (appointmentId: string) =>
            data(
                api.DELETE("/api/v1/appointments/{appointment_id}/force-release-lock", {
                    params: { path: { appointment_id: appointmentId } },
                }),
            ),
        onSuccess: onDone,
        onSettled: () => client.invalidateQueries({ queryKey: LOCKS }),
    });
}
