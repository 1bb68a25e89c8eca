import type { Appointment } from "~/features/appointments/queries";
import { slotStatus, type Entry, type Slot } from "./entries";
import type { Column } from "./columns";

export type Drop = { entry: Entry; column: Column; start: string };

/** What a drop asks for: another time for a slot, another slot for an appointment, or why not. */
export type Meaning =
    | { kind: "slot"; slot: Slot; start: string; end: string }
    | { kind: "appointment"; appointment: Appointment; to: Slot }
    | { kind: "other_provider" }
    | { kind: "no_slot"; start: string }
    | { kind: "past" };

const REACH_MS = 15 * 60_000;

/** The free slot that a drop at `start` means: the one it falls into, else one that begins near. */
function freeSlotAt(
    entries: readonly Entry[],
    { column, start, entry }: Drop,
    now: number,
): Slot | undefined {
    const at = Date.parse(start);
    const length = Date.parse(entry.end) - Date.parse(entry.start);
    const fits = entries
        .map((one) => one.slot)
        .filter(
            (slot): slot is Slot =>
                slot !== null &&
                slot.providerId === column.providerId &&
                slotStatus(slot, now) === "available" &&
                Date.parse(slot.start) > now &&
                Date.parse(slot.end) - Date.parse(slot.start) >= length &&
                Date.parse(slot.end) > at &&
                Date.parse(slot.start) <= at + REACH_MS,
        );
    const distance = (slot: Slot) => Math.abs(Date.parse(slot.start) - at);
    return fits.sort((a, b) => distance(a) - distance(b))[0];
}

export function meaningOf(drop: Drop, entries: readonly Entry[], now: number): Meaning {
    const { entry, column, start } = drop;
    if (entry.appointment) {
        const to = freeSlotAt(entries, drop, now);
        return to
            ? { kind: "appointment", appointment: entry.appointment, to }
            : { kind: "no_slot", start };
    }
    if (!entry.slot || column.providerId !== entry.slot.providerId)
        return { kind: "other_provider" };
    if (Date.parse(start) <= now) return { kind: "past" };
    const length = Date.parse(entry.end) - Date.parse(entry.start);
    const end = new Date(Date.parse(start) + length).toISOString();
    return { kind: "slot", slot: entry.slot, start, end };
}
