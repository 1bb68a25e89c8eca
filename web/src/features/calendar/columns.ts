import type { Provider } from "~/features/catalogue/queries";
import { firstWeekday } from "~/lib/locale";
import { addDays, dayKey, shortDay } from "~/lib/time";
import type { Entry } from "./entries";
import { minutesOfDay, weekStartOf, momentOf, noonOf } from "~/lib/wall";

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
const DAY_MINUTES = 24 * 60;

/** Columns of a view; the week view is of the first provider. */
export function columnsOf(
    view: View,
    day: string,
    providers: readonly Pick<Provider, "id" | "name">[],
    today: string,
    weekBegins = firstWeekday(),
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
    const first = weekStartOf(day, weekBegins);
    return Array.from({ length: 7 }, (_, index) => {
        const weekday = addDays(first, index);
        return {
            title: shortDay(noonOf(weekday)),
            day: weekday,
            providerId: one.id,
            isToday: weekday === today,
        };
    });
}

/** The days that the columns of a view cover. */
export function daysOf(
    view: View,
    day: string,
    weekBegins = firstWeekday(),
): { first: string; last: string } {
    if (view === "day") return { first: day, last: day };
    const first = weekStartOf(day, weekBegins);
    return { first, last: addDays(first, 6) };
}

/** The column that shows an entry, or its beginning; -1 when none does. */
export function columnOf(columns: readonly Column[], entry: Entry): number {
    return placesOf(columns, entry)[0]?.index ?? -1;
}

/** Where a moment of the reader's clock lies on the drawn calendar. */
export function drawn(index: number, minutes: number): string {
    return new Date(BASE + index * DAY_MS + minutes * MINUTE_MS).toISOString();
}

type Place = { index: number; from: number; to: number };

/** Where the columns show an entry, in minutes of their day: what passes midnight has two places. */
export function placesOf(columns: readonly Column[], entry: Entry): Place[] {
    const first = dayKey(entry.start);
    const last = dayKey(new Date(Date.parse(entry.end) - 1));
    return columns.flatMap(({ day, providerId }, index) => {
        if (providerId !== entry.providerId || day < first || day > last) return [];
        const from = day === first ? minutesOfDay(entry.start) : 0;
        const length = (Date.parse(entry.end) - Date.parse(entry.start)) / MINUTE_MS;
        const end = first === last ? from + length : minutesOfDay(entry.end);
        const to = day === last ? end || DAY_MINUTES : DAY_MINUTES;
        return [{ index, from, to: Math.min(to, DAY_MINUTES) }];
    });
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
export function hoursOf(columns: readonly Column[], entries: readonly Entry[]) {
    return entries
        .flatMap((entry) => placesOf(columns, entry))
        .reduce(
            ({ first, last }, { from, to }) => ({
                first: Math.min(first, Math.floor(from / 60)),
                last: Math.max(last, Math.ceil(to / 60)),
            }),
            OFFICE_HOURS,
        );
}
