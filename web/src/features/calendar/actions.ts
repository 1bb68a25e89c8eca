import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, data, newKey, type Schemas } from "~/api/client";
import { Problem } from "~/api/problem";
import { useToast } from "~/app/useToast";
import {
    APPOINTMENT_LISTS,
    appointmentKey,
    type Appointment,
} from "~/features/appointments/queries";
import type { Slot } from "./entries";
import { SLOTS } from "./queries";

const SLOT = "/api/v1/appointments/availability/slots/{slot_id}";

/** After a change, and after a refusal too: what is on the screen was not what is. */
function useFetchAgain() {
    const client = useQueryClient();
    return (appointmentId?: string) => {
        void client.invalidateQueries({ queryKey: SLOTS });
        void client.invalidateQueries({ queryKey: APPOINTMENT_LISTS });
        if (appointmentId)
            void client.invalidateQueries({ queryKey: appointmentKey(appointmentId) });
    };
}

function ifMatch(slot: Slot) {
    return { "If-Match": `"${slot.version}"` };
}

export type SlotChange = {
    slot: Slot;
    change: Pick<Schemas["ChangeSlotRequest"], "start" | "end" | "status" | "reason">;
    /** What to say when it is done, by whoever does not wait for it; a refusal is told as well. */
    news?: string;
};

export function changeSlot({ slot, change }: Omit<SlotChange, "news">): Promise<Slot> {
    return data(
        api.PATCH(SLOT, {
            params: { path: { slot_id: slot.id } },
            headers: ifMatch(slot),
            body: change,
        }),
    );
}

export function deleteSlot(slot: Slot, reason?: string): Promise<unknown> {
    return data(
        api.DELETE(SLOT, {
            params: { path: { slot_id: slot.id } },
            headers: ifMatch(slot),
            body: reason ? { reason } : {},
        }),
    );
}

/** Moves, blocks or opens a slot: at once on the screen, and back when the server refuses. */
export function useChangeSlot() {
    const client = useQueryClient();
    const fetchAgain = useFetchAgain();
    const toast = useToast();
    return useMutation({
        mutationFn: (wanted: SlotChange) => changeSlot(wanted),
        onMutate: async ({ slot, change }) => {
            await client.cancelQueries({ queryKey: SLOTS });
            const before = client.getQueriesData<Slot[]>({ queryKey: SLOTS });
            const { start, end, status } = change;
            client.setQueriesData<Slot[]>({ queryKey: SLOTS }, (kept) =>
                kept?.map((one) =>
                    one.id === slot.id
                        ? {
                              ...one,
                              start: start ?? one.start,
                              end: end ?? one.end,
                              status: status ?? one.status,
                          }
                        : one,
                ),
            );
            return { before };
        },
        onSuccess: (_slot, { news }) => {
            if (news) toast.done(news);
        },
        onError: (error, { news }, context) => {
            for (const [key, slots] of context?.before ?? []) client.setQueryData(key, slots);
            if (news) toast.failed(error);
        },
        onSettled: () => fetchAgain(),
    });
}

export function useDeleteSlot() {
    const fetchAgain = useFetchAgain();
    return useMutation({
        mutationFn: (slot: Slot) => deleteSlot(slot),
        onSettled: () => fetchAgain(),
    });
}

export type Booking = {
    slot: Slot;
    userId: string;
    serviceId: string;
    notes: string;
    priority: Appointment["priority"];
    key: string;
};

/** Books a free slot for a client: this very time, or not at all. */
export function useBookFor() {
    const fetchAgain = useFetchAgain();
    return useMutation({
        mutationFn: ({ slot, userId, serviceId, notes, priority, key }: Booking) =>
            data(
                api.POST("/api/v1/appointments", {
                    params: { header: { "Idempotency-Key": key } },
                    body: {
                        providerId: slot.providerId,
                        facilityId: slot.facilityId,
                        serviceId,
                        start: slot.start,
                        userId,
                        priority,
                        ifUnavailable: "fail",
                        ...(notes ? { notes } : {}),
                    },
                }),
            ),
        onSettled: () => fetchAgain(),
    });
}

export type Move = {
    appointment: Appointment;
    /** Where to. */
    timeslot: { id: string; providerId: string };
    /** One for the whole of it: a second try goes on where the first was cut off. */
    key: string;
};

async function move({ appointment, timeslot, key }: Move): Promise<Appointment> {
    const { reservationToken } = await data(
        api.POST("/api/v1/reservations", {
            params: { header: { "Idempotency-Key": `${key}-reserve` } },
            body: {
                providerId: timeslot.providerId,
                serviceId: appointment.serviceId,
                timeslotId: timeslot.id,
                userId: appointment.userId,
            },
        }),
    );
    try {
        return await data(
            api.POST("/api/v1/appointments/{appointment_id}/reschedule", {
                params: {
                    path: { appointment_id: appointment.id },
                    header: { "Idempotency-Key": key },
                },
                body: { reservationToken },
            }),
        );
    } catch (error) {
        // Nobody shall wait two minutes for a time that was refused in the end.
        if (error instanceof Problem && error.status > 0)
            await api
                .DELETE("/api/v1/reservations/{token}", {
                    params: { path: { token: reservationToken } },
                })
                .catch(() => undefined);
        throw error;
    }
}

/** Moves an appointment into a free slot, which is reserved for its client on the way. */
export function useMoveAppointment() {
    const fetchAgain = useFetchAgain();
    return useMutation({
        mutationFn: move,
        onSettled: (_done, _error, { appointment }) => fetchAgain(appointment.id),
    });
}

/** Says that a visit took place, or that the client did not come. */
export function useEndVisit() {
    const fetchAgain = useFetchAgain();
    return useMutation({
        mutationFn: ({ id, as }: { id: string; as: "complete" | "no-show" }) => {
            const about = {
                params: { path: { appointment_id: id }, header: { "Idempotency-Key": newKey() } },
                body: {},
            };
            return data(
                as === "complete"
                    ? api.POST("/api/v1/appointments/{appointment_id}/complete", about)
                    : api.POST("/api/v1/appointments/{appointment_id}/no-show", about),
            );
        },
        onSettled: (_done, _error, { id }) => fetchAgain(id),
    });
}
