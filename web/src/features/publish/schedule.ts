import type { Schemas } from "~/api/client";
import { addDays } from "~/lib/time";
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
                const days = last && last !== date ? { from: date, to: last } : { date };
                return closed
                    ? { ...days, closed: true }
                    : { ...days, start, end: fromField(end), facilityId };
            }),
    };
}

export function isSame(a: Draft, b: Draft, part: Part): boolean {
    return JSON.stringify(bodyOf(a)[part]) === JSON.stringify(bodyOf(b)[part]);
}

export type Fault = "length" | "days" | "overlap" | "twice" | "missing";
type Timed = { row: string; start: string; end: string };

const LONGEST_DAYS = 366;
const DAY = 24 * 60;
const WEEK = 7 * DAY;
type Span = [from: number, to: number];

/** Whether hours end on the day after the one on which they begin. */
export function isOvernight({ start, end }: Pick<Timed, "start" | "end">): boolean {
    return start !== "" && end !== "" && minutesOf(fromField(end)) < minutesOf(start);
}

function hasLength({ start, end }: Timed): boolean {
    return minutesOf(fromField(end)) !== minutesOf(start);
}

/** In minutes after the day begins. */
function spanOf(one: Timed): Span {
    const end = minutesOf(fromField(one.end));
    return [minutesOf(one.start), isOvernight(one) ? end + DAY : end];
}

/** Whether spans meet when the second one's day lies at one of `distances`, in minutes. */
function meet(a: Span, b: Span, distances: readonly number[]): boolean {
    return distances.some((by) => a[0] < b[1] + by && b[0] + by < a[1]);
}

/** Those of a Sunday night go on into the Monday that the week begins with. */
function weeklyMeet(a: HoursRow, b: HoursRow): boolean {
    const days = (b.weekday - a.weekday) * DAY;
    return meet(spanOf(a), spanOf(b), [days - WEEK, days, days + WEEK]);
}

/** No day at all, or more than the server takes at once. */
function isBackwards({ date, last }: ExceptionRow): boolean {
    return last !== null && (last < date || last > addDays(date, LONGEST_DAYS - 1));
}

const lastOf = ({ date, last }: ExceptionRow) => last ?? date;

function shareDays(a: ExceptionRow, b: ExceptionRow, distance = 0): boolean {
    const moved = (day: string) => addDays(day, distance);
    return moved(a.date) <= lastOf(b) && b.date <= moved(lastOf(a));
}

/** On a day that both have, or by a night that goes on into the next day. */
function exceptionsMeet(a: ExceptionRow, b: ExceptionRow): boolean {
    return [-1, 0, 1].some(
        (distance) => shareDays(a, b, distance) && meet(spanOf(a), spanOf(b), [distance * DAY]),
    );
}

/** What is wrong with a draft, by row; the server checks the same and more. */
export function faultsOf(draft: Draft): Map<string, Fault> {
    const faults = new Map<string, Fault>();
    const check = <T extends Timed>(list: T[], doMeet: (a: T, b: T) => boolean) => {
        const sound = list.filter((one) => one.start && one.end && hasLength(one));
        for (const one of list) {
            const others = sound.slice(0, Math.max(0, sound.indexOf(one)));
            if (!one.start || !one.end) faults.set(one.row, "missing");
            else if (!hasLength(one)) faults.set(one.row, "length");
            else if (others.some((other) => doMeet(one, other))) faults.set(one.row, "overlap");
        }
    };
    check(draft.weekly, weeklyMeet);
    check(draft.breaks, () => false);
    const dated = draft.exceptions.filter((one) => one.date !== "");
    check(
        dated.filter((one) => !one.closed && !isBackwards(one)),
        exceptionsMeet,
    );
    for (const one of draft.exceptions) {
        if (!one.date) faults.set(one.row, "missing");
        else if (isBackwards(one)) faults.set(one.row, "days");
        else if (
            one.closed &&
            dated.some((other) => other.row !== one.row && shareDays(one, other))
        )
            faults.set(one.row, "twice");
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
