import { useQuery } from "@tanstack/react-query";
import { api, data } from "~/api/client";
import { APPOINTMENT_LISTS, type Appointment } from "~/features/appointments/queries";

/** As many as clients may book for themselves; staff may book more for them. */
export const MANY = 10;
const LIMIT = 100;

type Open = Pick<Appointment, "id" | "start" | "end" | "status">;
type Period = { start: string; end: string };

/** What staff should know before they book this period for a client who has these to come. */
export function clientLoad<T extends Open>(open: T[], { start, end }: Period, now: number) {
    const from = Date.parse(start);
    const to = Date.parse(end);
    const overlapping = open.find(
        (one) =>
            (one.status === "confirmed" || one.status === "requested") &&
            Date.parse(one.start) < to &&
            Date.parse(one.end) > from,
    );
    const count = open.filter(
        (one) => one.status === "confirmed" && Date.parse(one.start) > now,
    ).length;
    return { overlapping, count, isMany: count >= MANY };
}

/** What a client has to come; of somebody out of one's scope nothing is known. */
export function useToCome(userId: string | undefined): Appointment[] {
    const { data: page } = useQuery({
        queryKey: [...APPOINTMENT_LISTS, "to-come", userId],
        enabled: userId !== undefined,
        staleTime: 0,
        queryFn: () =>
            data(
                api.GET("/api/v1/users/{user_id}/appointments", {
                    params: {
                        path: { user_id: userId ?? "" },
                        query: { filter: "upcoming", limit: LIMIT },
                    },
                }),
            ),
    });
    return page?.items ?? [];
}
