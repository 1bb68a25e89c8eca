import { api, asUser, data, type Schemas } from "~/api/client";
import { Problem } from "~/api/problem";
import type { Change, QueuedChange } from "./changes";

type Appointment = Schemas["Appointment"];
/** What a change led to; the fee is that of a cancellation. */
export type Done = { appointment: Appointment; feeCents?: number; refundCents?: number };

/** Answers that say nothing about the change itself: the same request may succeed later. */
export function isTemporary(problem: Problem): boolean {
    return (
        problem.status === 0 ||
        [401, 408, 429].includes(problem.status) ||
        problem.status >= 500 ||
        problem.scenario === "idempotency_in_flight"
    );
}

/**
 * Sends a change under its key, as the one who made it or not at all; sent again, the server does
 * it once and answers alike.
 * @param isStillWanted asked before the second step of what takes two
 */
export async function send(
    { key, userId, change }: Pick<QueuedChange, "key" | "userId" | "change">,
    isStillWanted: () => boolean = () => true,
): Promise<Done> {
    const headers = {
        ...asUser(userId),
        "Idempotency-Key": key,
        ...("version" in change ? { "If-Match": `"${change.version}"` } : {}),
    };
    switch (change.kind) {
        case "book": {
            const { providerId, serviceId, start, end, notes } = change;
            const body = {
                ...{ providerId, serviceId, start, end, ...(notes ? { notes } : {}) },
                ...{ ifUnavailable: "fail" as const, priority: "normal" as const },
            };
            return { appointment: await data(api.POST("/api/v1/appointments", { body, headers })) };
        }
        case "reschedule":
            return { appointment: await reschedule(key, userId, change, headers, isStillWanted) };
        case "cancel":
            return data(
                api.POST("/api/v1/appointments/{appointment_id}/cancel", {
                    params: at(change.appointmentId),
                    body: { waiveFee: false },
                    headers,
                }),
            );
        case "notes":
            return { appointment: await writeNotes(change, headers) };
        case "attend":
            return {
                appointment: await data(
                    api.POST("/api/v1/appointments/{appointment_id}/confirm-attendance", {
                        params: at(change.appointmentId),
                        body: {},
                        headers,
                    }),
                ),
            };
    }
}

const at = (appointmentId: string) => ({ path: { appointment_id: appointmentId } });

/** An edit has no key: when the answer to an earlier try was lost, its text is there already. */
async function writeNotes(
    { appointmentId, notes }: Extract<Change, { kind: "notes" }>,
    headers: Record<string, string>,
): Promise<Appointment> {
    try {
        return await data(
            api.PATCH("/api/v1/appointments/{appointment_id}", {
                params: at(appointmentId),
                body: { notes: notes || null },
                headers,
            }),
        );
    } catch (error) {
        if (error instanceof Problem && error.status === 412) {
            const current = error.document.currentData as Appointment | undefined;
            if (current && (current.notes ?? "") === notes) return current;
        }
        throw error;
    }
}

const RESERVATIONS_AT_MOST = 20;
/** This try's reservation is not the one that counts: it ran out, or an earlier try used another. */
const NEXT_RESERVATION = [
    "reservation_expired",
    "reservation_used",
    "reservation_not_found",
    "idempotency_key_reused",
];

/**
 * Reserves the slot, then moves there. The reservation's token is kept nowhere: its key is derived
 * from the change's, so that a later try is given the same token, and once that has run out the
 * next one.
 */
async function reschedule(
    key: string,
    userId: string,
    change: Extract<Change, { kind: "reschedule" }>,
    headers: Record<string, string>,
    isStillWanted: () => boolean,
): Promise<Appointment> {
    const { appointmentId, providerId, serviceId, timeslotId } = change;
    for (let number = 0; ; number++) {
        const { reservationToken } = await data(
            api.POST("/api/v1/reservations", {
                body: { providerId, serviceId, timeslotId },
                headers: { ...asUser(userId), "Idempotency-Key": `${key}.${number}` },
            }),
        );
        if (!isStillWanted()) {
            await release(reservationToken, userId);
            throw new Problem(0, { scenario: "discarded" });
        }
        try {
            return await data(
                api.POST("/api/v1/appointments/{appointment_id}/reschedule", {
                    params: at(appointmentId),
                    body: { reservationToken },
                    headers,
                }),
            );
        } catch (error) {
            if (!(error instanceof Problem) || isTemporary(error)) throw error;
            if (NEXT_RESERVATION.includes(error.scenario) && number < RESERVATIONS_AT_MOST)
                continue;
            await release(reservationToken, userId);
            throw error;
        }
    }
}

/** Lets others have the slot at once; if this fails, its time runs out. */
async function release(token: string, userId: string): Promise<void> {
    await api
        .DELETE("/api/v1/reservations/{token}", {
            params: { path: { token } },
            headers: asUser(userId),
        })
        .catch(() => undefined);
}
