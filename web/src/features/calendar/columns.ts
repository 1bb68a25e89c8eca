import type { Provider } from "~/features/catalogue/queries";
import { addDays, dayKey, shortDay } from "~/lib/time";
import type { Entry } from "./entries";
import { minutesOfDay, mondayOf, momentOf, noonOf } from "~/lib/wall";

export type View = "day" | "week";

/**
 * A column of the calendar: one day of one provider. The day view has a column for each provider,
 * the week view one for each day. The time grid only knows days, so each column is drawn as a day
 * of its own, counted from BASE, in UTC.
 */
export type Column = { title: string; day: string; providerId: string; isToday: boolean };

const BASE = Date.UTC(2000, 0, 3);
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Columns of a view; the week view is of the first provider. */
export function columnsOf(
    view: View,
    day: string,
    providers: readonly Pick<Provider, "id" | "name">[],
    today: string,
): Column[] {
    if (view === "day") {
        return providers.map(({ id, name }) => ({
            title: name,
            day,
            providerId: id,
            isToday: day === today,
        }));
    }
    const one = providers[0];
    if (!one) return [];
    const monday = mondayOf(day);
    return Array.from({ length: 7 }, (_, index) => {
        const weekday = addDays(monday, index);
        return {
            title: shortDay(noonOf(weekday)),
            day: weekday,
            providerId: one.id,
            isToday: weekday === today,
        };
    });
}

/** The days that the columns of a view cover. */
export function daysOf(view: View, day: string): { first: string; last: string } {
    if (view === "day") return { first: day, last: day };
    const monday = mondayOf(day);
    return { first: monday, last: addDays(monday, 6) };
}

export function columnOf(columns: readonly Column[], entry: Entry): number {
    const day = dayKey(entry.start);
    return columns.findIndex(
        (column) => column.day === day && column.providerId === entry.providerId,
    );
}

/** Where a moment of the reader's clock lies on the drawn calendar. */
export function drawn(index: number, minutes: number): string {
    return new Date(BASE + index * DAY_MS + minutes * MINUTE_MS).toISOString();
}

/** The entry's place on the drawn calendar; null when no column shows it. */
export function place(columns: readonly Column[], entry: Entry) {
    const index = columnOf(columns, entry);
    if (index < 0) return null;
    const from = minutesOfDay(entry.start);
    const length = (Date.parse(entry.end) - Date.parse(entry.start)) / MINUTE_MS;
    return { index, start: drawn(index, from), end: drawn(index, from + length) };
}

/** The column, and the moment, that a place on the drawn calendar stands for. */
export function placeMeans(columns: readonly Column[], place: Date) {
    const since = place.getTime() - BASE;
    const column = columns[Math.floor(since / DAY_MS)];
    if (!column) return null;
    return { column, start: momentOf(column.day, (since % DAY_MS) / MINUTE_MS) };
}

export const FIRST_DRAWN_DAY = new Date(BASE).toISOString().slice(0, 10);

export function lastDrawnDay(columns: readonly Column[]): string {
    return new Date(BASE + columns.length * DAY_MS).toISOString().slice(0, 10);
}

const OFFICE_HOURS = { first: 8, last: 18 };

/** The hours to draw: an office day at least, and all that is on it. */
export function hoursOf(entries: readonly Entry[]): { first: number; last: number } {
    return entries.reduce(({ first, last }, { start, end }) => {
        const from = minutesOfDay(start);
        const to = from + (Date.parse(end) - Date.parse(start)) / MINUTE_MS;
        return {
            first: Math.min(first, Math.floor(from / 60)),
            last: Math.min(24, Math.max(last, Math.ceil(to / 60))),
        };
    }, OFFICE_HOURS);
}
