import { firstWeekday } from "./locale";
import { dayKey, userZone } from "./time";

/** Wall time: what clocks of a zone show, and back. A calendar is drawn in wall time. */
const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

/** 09:30 → 570. */
export function minutesOf(text: string): number {
    const [hours, minutes] = text.split(":").map(Number);
    return (hours ?? 0) * 60 + (minutes ?? 0);
}

/** 570 → 09:30; the end of a day is 24:00. */
export function clockOf(minutes: number): string {
    const two = (number: number) => String(number).padStart(2, "0");
    return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Minutes since midnight that the clock of a zone shows at a moment. */
export function minutesOfDay(iso: string, zone = userZone): number {
    return minutesOf(clock24(iso, zone));
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** 14:30, whatever the reader's way of writing times is: for form fields and for reckoning. */
export function clock24(iso: string, zone = userZone): string {
    let format = formats.get(zone);
    if (!format) {
        format = new Intl.DateTimeFormat("en-GB", {
            hour: "2-digit",
            minute: "2-digit",
            hourCycle: "h23",
            timeZone: zone,
        });
        formats.set(zone, format);
    }
    return format.format(new Date(iso));
}

function asIfUtc(moment: number, zone: string): number {
    const iso = new Date(moment).toISOString();
    return Date.parse(`${dayKey(iso, zone)}T00:00:00Z`) + minutesOfDay(iso, zone) * MINUTE_MS;
}

/**
 * The moment at which the clock of a zone shows `minutes` after midnight of a day. A time that the
 * clocks skip gives the moment of the same length after the change; of one that comes twice, one.
 */
export function momentOf(day: string, minutes: number, zone = userZone): string {
    const wanted = Date.parse(`${day}T00:00:00Z`) + minutes * MINUTE_MS;
    let moment = wanted;
    for (let round = 0; round < 2; round++) moment += wanted - asIfUtc(moment, zone);
    return new Date(moment).toISOString();
}

/** The first and the last moment of some days, for `from` and `to` of a question to the server. */
export function periodOf(from: string, to: string, zone = userZone): { from: string; to: string } {
    return { from: momentOf(from, 0, zone), to: momentOf(to, DAY_MINUTES, zone) };
}

/** The first day of the week of a day; `first` is the ISO weekday on which weeks begin. */
export function weekStartOf(day: string, first = firstWeekday()): string {
    const date = new Date(`${day}T12:00:00Z`);
    date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 7 - (first % 7)) % 7));
    return date.toISOString().slice(0, 10);
}

/** A day as a moment that every zone shows as that day: for the formats of lib/time. */
export function noonOf(day: string, zone = userZone): string {
    return momentOf(day, DAY_MINUTES / 2, zone);
}

/** Whether a text is a day of the calendar: 2026-11-23. */
export function isDay(text: string | null): text is string {
    if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
    const time = Date.parse(`${text}T12:00:00Z`);
    return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
