import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, data, tagged, type Schemas } from "~/api/client";
import { byCursor } from "~/api/lists";

export type Appointment = Schemas["Appointment"];
export type AppointmentWithAudit = Schemas["AppointmentWithAudit"];

/** Query keys; the live events patch what is kept under them. */
export const appointmentKey = (id: string) => ["appointment", id] as const;
export const APPOINTMENT_LISTS = ["appointments"] as const;

/** One appointment with its history, and its tag for a later If-Match. */
export function useAppointment(id: string) {
    return useQuery({
        queryKey: appointmentKey(id),
        queryFn: () =>
            tagged(
                api.GET("/api/v1/appointments/{appointment_id}", {
                    params: { path: { appointment_id: id } },
                }),
            ),
    });
}

/** A client's own appointments, page by page. */
export function useOwnAppointments(userId: string, filter: "upcoming" | "history") {
    return useInfiniteQuery({
        queryKey: [...APPOINTMENT_LISTS, "own", userId, filter],
        queryFn: ({ pageParam }) =>
            data(
                api.GET("/api/v1/users/{user_id}/appointments", {
                    params: {
                        path: { user_id: userId },
                        query: { filter, cursor: pageParam ?? undefined },
                    },
                }),
            ),
        ...byCursor,
    });
}
