import { locale } from "./locale";
import { isTwice, zoneLetters } from "./zones";

/**
 * Times for people. The server sends UTC; everything is shown in the reader's own zone, and the
 * provider's zone beside it when the clocks differ.
 */
const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The zone that the reader chose in their settings, else that of this browser. */
export let userZone = browserZone;

/** A zone that this browser does not know is not taken: nothing could be shown in it. */
export function chooseZone(zone: string | null): void {
    try {
        if (zone) Intl.DateTimeFormat(locale, { timeZone: zone });
        userZone = zone ?? browserZone;
    } catch {
        userZone = browserZone;
    }
}

const cache = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions, zone: string): Intl.DateTimeFormat {
    const key = `${zone}|${JSON.stringify(options)}`;
    let made = cache.get(key);
    if (!made) {
        made = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
        cache.set(key, made);
    }
    return made;
}

/** 2:30 PM, but 02:30: with 24 hours clocks stand in columns. */
const HOUR = new Intl.DateTimeFormat(locale, { hour: "numeric" }).resolvedOptions().hour12
    ? "numeric"
    : "2-digit";

function plainClock(iso: string, zone: string): string {
    return format({ hour: HOUR, minute: "2-digit" }, zone).format(new Date(iso));
}

/** 14:30; and 02:30 CEST where the clocks go back and show 02:30 twice that day. */
export function clock(iso: string, zone = userZone): string {
    const text = plainClock(iso, zone);
    return isTwice(iso, zone) ? `${text} ${zoneLetters(iso, zone)}` : text;
}

/** Mon, 23 Nov */
export function shortDay(iso: string, zone = userZone): string {
    return format({ weekday: "short", day: "numeric", month: "short" }, zone).format(new Date(iso));
}

/** Mon, 23 Nov 2026, of a day key. */
export function dayWithYear(day: string): string {
    return format(
        { weekday: "short", day: "numeric", month: "short", year: "numeric" },
        "UTC",
    ).format(new Date(`${day}T12:00:00Z`));
}

/** 23 Nov, of a day key. */
export function dayAndMonth(day: string): string {
    return format({ day: "numeric", month: "short" }, "UTC").format(new Date(`${day}T12:00:00Z`));
}

/** The pieces of a day key as a chip shows them: Mon, 23, Nov. */
export function dayParts(day: string): { weekday: string; date: string; month: string } {
    const noon = new Date(`${day}T12:00:00Z`);
    return {
        weekday: format({ weekday: "short" }, "UTC").format(noon),
        date: String(noon.getUTCDate()),
        month: format({ month: "short" }, "UTC").format(noon),
    };
}

/** Monday, 23 November 2026 */
export function longDay(iso: string, zone = userZone): string {
    return format({ weekday: "long", day: "numeric", month: "long", year: "numeric" }, zone).format(
        new Date(iso),
    );
}

/** Mon, 23 Nov, 14:30 */
export function dayAndClock(iso: string, zone = userZone): string {
    return `${shortDay(iso, zone)}, ${clock(iso, zone)}`;
}

/** 14:30–15:00 */
export function clockRange(start: string, end: string, zone = userZone): string {
    return `${clock(start, zone)}–${clock(end, zone)}`;
}

/** 2026-11-23: the calendar day of a moment in a zone. */
export function dayKey(moment: string | Date, zone = userZone): string {
    const parts = format({ year: "numeric", month: "2-digit", day: "2-digit" }, zone).formatToParts(
        new Date(moment),
    );
    const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
    return `${part("year")}-${part("month")}-${part("day")}`;
}

/** The day key that lies `count` days after another. */
export function addDays(day: string, count: number): string {
    const date = new Date(`${day}T12:00:00Z`);
    date.setUTCDate(date.getUTCDate() + count);
    return date.toISOString().slice(0, 10);
}

/** Whether the clocks of two zones differ at that moment. */
export function clocksDiffer(iso: string, zone: string, other = userZone): boolean {
    return (
        plainClock(iso, zone) !== plainClock(iso, other) || dayKey(iso, zone) !== dayKey(iso, other)
    );
}

/** Berlin: a zone as people call it. */
export function zoneCity(zone: string): string {
    return (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");
}

/** 01:59 of a number of seconds, never below zero. */
export function countdown(seconds: number): string {
    const left = Math.max(0, Math.ceil(seconds));
    return `${String(Math.floor(left / 60)).padStart(2, "0")}:${String(left % 60).padStart(2, "0")}`;
}
