import type { Schemas } from "~/api/client";
import { minutesOf } from "~/lib/wall";

export type Schedule = Schemas["Schedule"];
type Hours = Schemas["WeeklyHours"];
type Break = Schemas["WeeklyBreak"];
type Exception = Schemas["ScheduleException"];

/** Rows of the editor have an id of their own, so that they stay themselves while they change. */
export type HoursRow = Hours & { row: string };
export type BreakRow = Break & { row: string };
export type ExceptionRow = {
    row: string;
    date: string;
    /** The last day of a range that begins on `date`; null for a single day. */
    last: string | null;
    closed: boolean;
    start: string;
    end: string;
    facilityId: string;
};
export type Draft = {
    slotMinutes: number;
    weekly: HoursRow[];
    breaks: BreakRow[];
    exceptions: ExceptionRow[];
};
export type Part = keyof Draft;
export const PARTS: Part[] = ["weekly", "breaks", "exceptions", "slotMinutes"];

let rows = 0;
export function newRow(): string {
    rows += 1;
    return `row-${rows}`;
}

// The end of a day is 24:00 on the wire, and 00:00 in a field for times.
const toField = (end: string) => (end === "24:00" ? "00:00" : end);
const fromField = (end: string) => (end === "00:00" ? "24:00" : end);
const byTime = (a: { weekday: number; start: string }, b: { weekday: number; start: string }) =>
    a.weekday - b.weekday || a.start.localeCompare(b.start);

export const EMPTY: Draft = { slotMinutes: 30, weekly: [], breaks: [], exceptions: [] };

export function draftOf(schedule: Pick<Schedule, Part>): Draft {
    return {
        slotMinutes: schedule.slotMinutes,
        weekly: schedule.weekly
            .map((one) => ({ ...one, end: toField(one.end), row: newRow() }))
            .sort(byTime),
        breaks: schedule.breaks
            .map((one) => ({ ...one, end: toField(one.end), row: newRow() }))
            .sort(byTime),
        exceptions: schedule.exceptions
            .map((one) => ({
                row: newRow(),
                date: one.date ?? one.from ?? "",
                last: one.to ?? null,
                closed: one.closed === true,
                start: one.start ?? "09:00",
                end: toField(one.end ?? "17:00"),
                facilityId: one.facilityId ?? "",
            }))
            .sort((a, b) => a.date.localeCompare(b.date)),
    };
}

/** What is sent: without the editor's own marks, in an order that does not depend on typing. */
export function bodyOf(draft: Draft) {
    return {
        slotMinutes: draft.slotMinutes,
        weekly: draft.weekly
            .map(({ weekday, start, end, facilityId, serviceId }): Hours => {
                const service = serviceId ? { serviceId } : {};
                return { weekday, start, end: fromField(end), facilityId, ...service };
            })
            .sort(byTime),
        breaks: draft.breaks
            .map(({ weekday, start, end }): Break => ({ weekday, start, end: fromField(end) }))
            .sort(byTime),
        exceptions: draft.exceptions
            .toSorted((a, b) => a.date.localeCompare(b.date))
            .map(({ date, last, closed, start, end, facilityId }): Exception => {
                const days = last ? { from: date, to: last } : { date };
                return closed
                    ? { ...days, closed: true }
                    : { ...days, start, end: fromField(end), facilityId };
            }),
    };
}

export function isSame(a: Draft, b: Draft, part: Part): boolean {
    return JSON.stringify(bodyOf(a)[part]) === JSON.stringify(bodyOf(b)[part]);
}

export type Fault = "order" | "overlap" | "twice" | "missing";
type Timed = { row: string; start: string; end: string };

function isInOrder({ start, end }: Timed): boolean {
    return minutesOf(start) < minutesOf(fromField(end));
}

function overlaps(a: Timed, b: Timed): boolean {
    return (
        minutesOf(a.start) < minutesOf(fromField(b.end)) &&
        minutesOf(b.start) < minutesOf(fromField(a.end))
    );
}

/** What is wrong with a draft, by row; the server checks the same and more. */
export function faultsOf(draft: Draft): Map<string, Fault> {
    const faults = new Map<string, Fault>();
    const check = <T extends Timed>(list: T[], isSameDay: (a: T, b: T) => boolean) => {
        list.forEach((one, index) => {
            const others = list.slice(0, index).filter((other) => isSameDay(one, other));
            if (!one.start || !one.end) faults.set(one.row, "missing");
            else if (!isInOrder(one)) faults.set(one.row, "order");
            else if (others.some((other) => overlaps(one, other))) faults.set(one.row, "overlap");
        });
    };
    check(draft.weekly, (a, b) => a.weekday === b.weekday);
    for (const one of draft.breaks) {
        if (!one.start || !one.end) faults.set(one.row, "missing");
        else if (!isInOrder(one)) faults.set(one.row, "order");
    }
    check(
        draft.exceptions.filter((one) => !one.closed),
        (a, b) => a.date === b.date,
    );
    for (const one of draft.exceptions) {
        const others = draft.exceptions.filter(
            ({ row, date }) => row !== one.row && date === one.date,
        );
        if (!one.date) faults.set(one.row, "missing");
        else if (one.closed && others.length > 0) faults.set(one.row, "twice");
    }
    return faults;
}

export type Choice = "mine" | "theirs";

/** The parts that differ, and whose to take unless somebody says otherwise: theirs where I changed
 * nothing, mine where I did. */
export function differences(base: Draft, mine: Draft, theirs: Draft): Map<Part, Choice> {
    return new Map(
        PARTS.filter((part) => !isSame(mine, theirs, part)).map((part) => [
            part,
            isSame(base, mine, part) ? "theirs" : "mine",
        ]),
    );
}

export function merged(mine: Draft, theirs: Draft, choices: Map<Part, Choice>): Draft {
    const taken = PARTS.filter((part) => choices.get(part) === "theirs");
    return { ...mine, ...Object.fromEntries(taken.map((part) => [part, theirs[part]])) };
}
