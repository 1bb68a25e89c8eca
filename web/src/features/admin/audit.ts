import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, data, type Schemas } from "~/api/client";
import { byCursor } from "~/api/lists";
import { addDays, userZone } from "~/lib/time";
import { isDay, momentOf } from "~/lib/wall";

export type AuditEntry = Schemas["AuditEntry"];
export type AuditAction = AuditEntry["action"];
export const ACTIONS: AuditAction[] = [
    "created",
    "accepted",
    "rescheduled",
    "updated",
    "attendance_confirmed",
    "completed",
    "no_show",
    "cancelled",
    "deleted",
    "restored",
];

/** What is looked for, as it stands in the address: days of the reader, ids, an action. */
export type Filter = {
    from: string;
    to: string;
    action: string;
    actorId: string;
    appointmentId: string;
};
export const FILTERS = ["from", "to", "action", "actorId", "appointmentId"] as const;

/** The filter as the API wants it: both days belong to the period. */
export function queryOf(filter: Filter) {
    return {
        from: isDay(filter.from) ? momentOf(filter.from, 0, userZone) : undefined,
        to: isDay(filter.to) ? momentOf(addDays(filter.to, 1), 0, userZone) : undefined,
        action: (filter.action || undefined) as AuditAction | undefined,
        actorId: filter.actorId || undefined,
        appointmentId: filter.appointmentId || undefined,
    };
}

export function useAudit(filter: Filter) {
    return useInfiniteQuery({
        queryKey: ["audit", filter],
        staleTime: 0,
        queryFn: ({ pageParam }) =>
            data(
                api.GET("/api/v1/audit", {
                    params: { query: { ...queryOf(filter), cursor: pageParam ?? undefined } },
                }),
            ),
        ...byCursor,
    });
}

/** The name of the person whose changes are looked for. */
export function usePerson(userId: string) {
    return useQuery({
        queryKey: ["users", "one", userId],
        enabled: userId !== "",
        queryFn: () =>
            data(api.GET("/api/v1/users/{user_id}", { params: { path: { user_id: userId } } })),
    });
}
