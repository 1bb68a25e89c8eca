import type { Schemas } from "~/api/client";
import type { Appointment } from "~/features/appointments/queries";

export type Slot = Schemas["Slot"];

/** What the calendar draws: a slot, with its appointment when it is booked; or an appointment
 * that has no slot (a request's wish, or one that has freed its slot). */
export type Entry = {
    /** slot:… or appointment:…, the same for as long as the entry is on the screen. */
    key: string;
    providerId: string;
    start: string;
    end: string;
    slot: Slot | null;
    appointment: Appointment | null;
};

/** A held slot whose reservation has run out is available, even before the server has swept it. */
export function slotStatus(slot: Slot, now: number): Slot["status"] {
    const isOver = slot.heldUntil !== null && Date.parse(slot.heldUntil) <= now;
    return slot.status === "held" && isOver ? "available" : slot.status;
}

/** One entry for each slot, and for each appointment that no slot shows. Cancelled ones are in
 * nobody's way and are left out. */
export function entriesOf(slots: readonly Slot[], appointments: readonly Appointment[]): Entry[] {
    const waiting = new Map(appointments.map((one) => [one.id, one]));
    const entries = slots.map((slot): Entry => {
        const appointment = waiting.get(slot.appointmentId ?? "") ?? null;
        if (appointment) waiting.delete(appointment.id);
        const { start, end } = appointment ?? slot;
        return {
            key: appointment ? `appointment:${appointment.id}` : `slot:${slot.id}`,
            providerId: slot.providerId,
            start,
            end,
            slot,
            appointment,
        };
    });
    for (const appointment of waiting.values()) {
        if (appointment.status === "cancelled") continue;
        const { providerId, start, end } = appointment;
        entries.push({
            key: `appointment:${appointment.id}`,
            providerId,
            start,
            end,
            slot: null,
            appointment,
        });
    }
    return entries.sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
}

/** What may be done with an entry by hand: a free slot moves, a confirmed appointment too. */
export function isMovable(entry: Entry, now: number): boolean {
    if (Date.parse(entry.start) <= now) return false;
    if (entry.appointment) return entry.appointment.status === "confirmed";
    return entry.slot !== null && slotStatus(entry.slot, now) === "available";
}
