import { locale, weekdays } from "~/lib/locale";

/** ISO: 1 is Monday; in the reader's order. */
export const WEEKDAYS = weekdays();

const names = new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" });
const MONDAY = Date.UTC(2000, 0, 3);
const DAY_MS = 86_400_000;

export function weekdayName(weekday: number): string {
    return names.format(MONDAY + (weekday - 1) * DAY_MS);
}
