import { addDays, dayKey, userZone } from "~/lib/time";
import { clock24, minutesOf, momentOf } from "~/lib/wall";
import type { Slot } from "./entries";

type Times = Pick<Slot, "start" | "end">;
/** A day and two clocks, as form fields have them; an end that is not later is on the next day. */
export type Typed = { day: string; start: string; end: string };

export function typedOf({ start, end }: Times, zone = userZone): Typed {
    return { day: dayKey(start, zone), start: clock24(start, zone), end: clock24(end, zone) };
}

/**
 * What a person changed of a slot's times. Clocks alone do not say which of the two hours of an
 * autumn night is meant: what was left as it was stays the moment that it is.
 */
export function changedTimes(slot: Times, typed: Typed, zone = userZone): Partial<Times> {
    const before = typedOf(slot, zone);
    const { day, start, end } = typed;
    const lastDay = minutesOf(end) <= minutesOf(start) ? addDays(day, 1) : day;
    const isSameStart = day === before.day && start === before.start;
    const isSameEnd =
        day === before.day &&
        end === before.end &&
        (isSameStart || lastDay === dayKey(slot.end, zone));
    return {
        ...(isSameStart ? {} : { start: momentOf(day, minutesOf(start), zone) }),
        ...(isSameEnd ? {} : { end: momentOf(lastDay, minutesOf(end), zone) }),
    };
}
