import { slotStatus, type Slot } from "~/features/calendar/entries";

type Period = { start: string; end: string };

/** How the time that a request wishes for stands on its provider's calendar. */
export type Standing =
    | { kind: "past" }
    /** A free slot has room for it. */
    | { kind: "free"; slot: Slot }
    /** A blocked slot would have room for it. */
    | { kind: "blocked"; slot: Slot }
    /** Slots that are taken, or free but of another time, lie in the way. */
    | { kind: "in_the_way"; slots: Slot[] }
    /** Nothing is published then. */
    | { kind: "unpublished" };

const time = (iso: string) => Date.parse(iso);
const holds = (slot: Slot, wish: Period) =>
    time(slot.start) <= time(wish.start) && time(wish.end) <= time(slot.end);
const touches = (slot: Slot, wish: Period) =>
    time(slot.start) < time(wish.end) && time(wish.start) < time(slot.end);
const length = ({ start, end }: Period) => time(end) - time(start);

/** The request fits into a slot that is for its service, or for any. */
const suits = (slot: Slot, serviceId: string) =>
    slot.serviceId === null || slot.serviceId === serviceId;

export function standingOf(
    wish: Period & { serviceId: string },
    slots: readonly Slot[],
    now: number,
): Standing {
    if (time(wish.start) <= now) return { kind: "past" };
    const near = slots.filter((slot) => touches(slot, wish));
    const roomy = near
        .filter((slot) => holds(slot, wish) && suits(slot, wish.serviceId))
        .sort((a, b) => length(a) - length(b));
    const free = roomy.find((slot) => slotStatus(slot, now) === "available");
    if (free) return { kind: "free", slot: free };
    const inTheWay = near.filter((slot) => slotStatus(slot, now) !== "blocked");
    if (inTheWay.length > 0) return { kind: "in_the_way", slots: inTheWay };
    const blocked = roomy[0];
    return blocked ? { kind: "blocked", slot: blocked } : { kind: "unpublished" };
}
