import { addDays } from "~/lib/time";
import { isDay } from "~/lib/wall";

const NEAR: Record<string, number> = { yesterday: -1, today: 0, tomorrow: 1 };
const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const SHORTEST_NAME = 3;

function dayOf(year: number, month: number, day: number): string | null {
    const text = [
        String(year).padStart(4, "0"),
        String(month).padStart(2, "0"),
        String(day).padStart(2, "0"),
    ].join("-");
    return isDay(text) ? text : null;
}

/** The next day of that date, this year or the one after. */
function nextOf(month: number, day: number, today: string): string | null {
    const year = Number(today.slice(0, 4));
    const thisYear = dayOf(year, month, day);
    return thisYear && thisYear >= today ? thisYear : dayOf(year + 1, month, day);
}

function weekdayOf(name: string, today: string): string | null {
    if (name.length < SHORTEST_NAME) return null;
    const wanted = WEEKDAYS.findIndex((weekday) => weekday.startsWith(name));
    if (wanted < 0) return null;
    const now = (new Date(`${today}T12:00:00Z`).getUTCDay() + 6) % 7;
    return addDays(today, (wanted - now + 7) % 7);
}

/**
 * The day that somebody types in a hurry: tomorrow, fri, +3, 24.11., 24 nov, 2026-11-24. A date
 * without a year is the next one; null when it is no date.
 */
export function typedDay(text: string, today: string): string | null {
    const typed = text.trim().toLowerCase();
    if (isDay(typed)) return typed;
    const near = NEAR[typed];
    if (near !== undefined) return addDays(today, near);
    const ahead = /^([+-]\d{1,3})$/.exec(typed);
    if (ahead) return addDays(today, Number(ahead[1]));
    const numbers = /^(\d{1,2})[./](\d{1,2})(?:[./](\d{4})?)?$/.exec(typed);
    if (numbers) {
        const [day, month] = [Number(numbers[1]), Number(numbers[2])];
        return numbers[3] ? dayOf(Number(numbers[3]), month, day) : nextOf(month, day, today);
    }
    const named = /^(\d{1,2})\.? ?([a-z]{3,})\.?$/.exec(typed);
    if (named) {
        const month = MONTHS.indexOf((named[2] ?? "").slice(0, SHORTEST_NAME));
        return month < 0 ? null : nextOf(month + 1, Number(named[1]), today);
    }
    return weekdayOf(typed, today);
}
