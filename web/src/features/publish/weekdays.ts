/** ISO: 1 is Monday. */
export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const;

const names = new Intl.DateTimeFormat(undefined, { weekday: "long", timeZone: "UTC" });
const MONDAY = Date.UTC(2000, 0, 3);
const DAY_MS = 86_400_000;

export function weekdayName(weekday: number): string {
    return names.format(MONDAY + (weekday - 1) * DAY_MS);
}
