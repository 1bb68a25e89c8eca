import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data, newKey, type Schemas } from "~/api/client";
import {
    APPOINTMENT_LISTS,
    appointmentKey,
    type Appointment,
} from "~/features/appointments/queries";

const SLOTS = "/api/v1/appointments/availability/slots";
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
export const MOST_SHOWN = 100;

/** Waiting requests as they are to be answered: urgent, vip, normal, then the oldest first. */
export function useWaitingRequests() {
    return useQuery({
        queryKey: [...APPOINTMENT_LISTS, "waiting"],
        refetchInterval: MINUTE_MS,
        queryFn: async () => {
            const query = { status: "requested", limit: MOST_SHOWN } as const;
            return (await data(api.GET("/api/v1/appointments", { params: { query } }))).items;
        },
    });
}

/** The slots around the time that a request wishes for. */
export function useSlotsAround({ providerId, start, end }: Appointment) {
    return useQuery({
        queryKey: ["slots", "around", providerId, start, end],
        staleTime: 0,
        queryFn: async () => {
            // `from` and `to` are about starts: a slot lasts a day at most.
            const from = new Date(Date.parse(start) - DAY_MS).toISOString();
            const query = { providerId, from, to: end, limit: 100 };
            return (await data(api.GET(SLOTS, { params: { query } }))).items;
        },
    });
}

/** Into which slot: one there is, one to open first, one to publish, or one of another time. */
export type Acceptance = {
    request: Appointment;
    into:
        | { slot: Schemas["Slot"]; mustOpen: boolean }
        | { facilityId: string; publishKey: string }
        | { moveTo: Schemas["Timeslot"] };
};

async function slotFor({ request, into }: Acceptance): Promise<string> {
    if ("moveTo" in into) return into.moveTo.id;
    if ("facilityId" in into) {
        const { providerId, serviceId, start, end } = request;
        const slot = await data(
            api.POST(SLOTS, {
                params: { header: { "Idempotency-Key": into.publishKey } },
                body: { providerId, serviceId, start, end, facilityId: into.facilityId },
            }),
        );
        return slot.id;
    }
    if (into.mustOpen) {
        await data(
            api.PATCH(`${SLOTS}/{slot_id}`, {
                params: { path: { slot_id: into.slot.id } },
                headers: { "If-Match": `"${into.slot.version}"` },
                body: { status: "available" },
            }),
        );
    }
    return into.slot.id;
}

function useFetchAgain() {
    const client = useQueryClient();
    return (id: string) => {
        void client.invalidateQueries({ queryKey: APPOINTMENT_LISTS });
        void client.invalidateQueries({ queryKey: appointmentKey(id) });
        void client.invalidateQueries({ queryKey: ["slots"] });
    };
}

/** Gives a request its time. */
export function useAccept() {
    const fetchAgain = useFetchAgain();
    return useMutation({
        mutationFn: async (acceptance: Acceptance) =>
            data(
                api.POST(`${SLOTS}/{slot_id}/accept-appointment`, {
                    params: { path: { slot_id: await slotFor(acceptance) } },
                    body: {
                        appointmentId: acceptance.request.id,
                        move: "moveTo" in acceptance.into,
                    },
                }),
            ),
        onSettled: (_done, _error, { request }) => fetchAgain(request.id),
    });
}

/** Turns a request down: it is cancelled, with what the client is told. */
export function useReject() {
    const fetchAgain = useFetchAgain();
    return useMutation({
        mutationFn: ({ id, reason }: { id: string; reason: string }) =>
            data(
                api.POST("/api/v1/appointments/{appointment_id}/cancel", {
                    params: {
                        path: { appointment_id: id },
                        header: { "Idempotency-Key": newKey() },
                    },
                    body: { reason, waiveFee: false },
                }),
            ),
        onSettled: (_done, _error, { id }) => fetchAgain(id),
    });
}
