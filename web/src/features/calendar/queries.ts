import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, data } from "~/api/client";
import { everything } from "~/api/lists";
import { APPOINTMENT_LISTS } from "~/features/appointments/queries";
import { periodOf } from "~/lib/wall";

const LIMIT = 100;
export const SLOTS = ["slots"] as const;

type Days = { first: string; last: string };

function question(days: Days, providerId: string | undefined, cursor: string | undefined) {
    const { from, to } = periodOf(days.first, days.last);
    return { query: { from, to, providerId, limit: LIMIT, cursor } };
}

/** All slots of some days; of one provider, or of all that the caller may see. */
export function useSlots(days: Days, providerId?: string) {
    return useQuery({
        queryKey: [...SLOTS, "calendar", days, providerId ?? "all"],
        placeholderData: keepPreviousData,
        queryFn: () =>
            everything((cursor) =>
                data(
                    api.GET("/api/v1/appointments/availability/slots", {
                        params: question(days, providerId, cursor),
                    }),
                ),
            ),
    });
}

/** All appointments of some days, cancelled ones too; as useSlots. */
export function useDayAppointments(days: Days, providerId?: string) {
    return useQuery({
        queryKey: [...APPOINTMENT_LISTS, "calendar", days, providerId ?? "all"],
        placeholderData: keepPreviousData,
        queryFn: () =>
            everything((cursor) =>
                data(
                    api.GET("/api/v1/appointments", {
                        params: question(days, providerId, cursor),
                    }),
                ),
            ),
    });
}
