import { addDays, dayKey, userZone } from "~/lib/time";
import { minutesOfDay } from "~/lib/wall";
import type { Timeslot } from "./availability";

/** Days are offered in blocks of two weeks, counted from today. */
export const BLOCK_DAYS = 14;
/** How far ahead a day can be chosen. */
export const REACH_DAYS = 364;

function daysBetween(from: string, to: string): number {
    return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/** The first day of the block that a day lies in; of the first one for a day that is out of reach. */
export function blockOf(day: string, today: string): string {
    const ahead = daysBetween(today, day);
    if (ahead < 0 || ahead > REACH_DAYS) return today;
    return addDays(today, ahead - (ahead % BLOCK_DAYS));
}

export function daysOfBlock(first: string): string[] {
    return Array.from({ length: BLOCK_DAYS }, (_, number) => addDays(first, number));
}

/** What is shown of a day: what has not begun, free or taken; what staff blocked is nobody's news. */
export function timeslotsOn(
    timeslots: readonly Timeslot[],
    day: string,
    now: number,
    zone = userZone,
): Timeslot[] {
    return timeslots.filter(
        (one) =>
            one.status !== "blocked" &&
            Date.parse(one.start) > now &&
            dayKey(one.start, zone) === day,
    );
}

export const isFree = (timeslot: Timeslot): boolean => timeslot.status === "available";

/** How many free timeslots each day has. */
export function freeByDay(timeslots: readonly Timeslot[], zone = userZone): Map<string, number> {
    const counts = new Map<string, number>();
    for (const one of timeslots) {
        if (!isFree(one)) continue;
        const day = dayKey(one.start, zone);
        counts.set(day, (counts.get(day) ?? 0) + 1);
    }
    return counts;
}

/** In minutes since midnight. */
const [NOON, EVENING] = [12 * 60, 17 * 60];

export type PartOfDay = "morning" | "afternoon" | "evening";

/** A day's timeslots by part of the day, empty parts left out. */
export function byPartOfDay(
    timeslots: readonly Timeslot[],
    zone = userZone,
): [part: PartOfDay, timeslots: Timeslot[]][] {
    const parts: Record<PartOfDay, Timeslot[]> = { morning: [], afternoon: [], evening: [] };
    for (const one of timeslots) {
        const minutes = minutesOfDay(one.start, zone);
        parts[minutes < NOON ? "morning" : minutes < EVENING ? "afternoon" : "evening"].push(one);
    }
    return (Object.entries(parts) as [PartOfDay, Timeslot[]][]).filter(([, some]) => some.length);
}
