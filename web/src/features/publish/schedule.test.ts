import { describe, expect, it } from "vitest";
import {
    bodyOf,
    differences,
    draftOf,
    faultsOf,
    isOvernight,
    isSame,
    merged,
    type Schedule,
} from "./schedule";

const monday = { weekday: 1, start: "09:00", end: "12:00", facilityId: "here" };
const schedule = (more: Partial<Schedule> = {}): Schedule => ({
    weekly: [monday],
    breaks: [],
    exceptions: [],
    slotMinutes: 30,
    version: 1,
    ...more,
});
const faults = (more: Partial<Schedule>) => [...faultsOf(draftOf(schedule(more))).values()];

describe("a draft", () => {
    it("comes back as it went, whatever the order of its rows", () => {
        const until24 = { weekday: 2, start: "20:00", end: "24:00", facilityId: "there" };
        const given = schedule({
            weekly: [{ ...until24, serviceId: "massage" }, monday],
            breaks: [{ weekday: 1, start: "10:00", end: "10:15" }],
            exceptions: [
                { date: "2026-12-31", start: "09:00", end: "24:00", facilityId: "here" },
                { from: "2027-07-01", to: "2027-07-21", closed: true },
                { date: "2026-12-24", closed: true },
            ],
        });
        const draft = draftOf(given);
        expect(draft.weekly[1]?.end).toBe("00:00");
        expect(bodyOf(draft)).toEqual({
            slotMinutes: 30,
            weekly: [monday, { ...until24, serviceId: "massage" }],
            breaks: given.breaks,
            exceptions: [given.exceptions[2], given.exceptions[0], given.exceptions[1]],
        });
        const again = draftOf({ ...given, weekly: [...given.weekly].reverse() });
        expect(isSame(draft, again, "weekly")).toBe(true);
    });

    it("is checked row by row", () => {
        expect(faults({})).toEqual([]);
        expect(faults({ weekly: [{ ...monday, end: "09:00" }] })).toEqual(["length"]);
        expect(faults({ weekly: [{ ...monday, end: "24:00" }] })).toEqual([]);
        const later = { ...monday, start: "11:30", end: "13:00" };
        expect(faults({ weekly: [monday, later] })).toEqual(["overlap"]);
        expect(faults({ weekly: [monday, { ...later, weekday: 2 }] })).toEqual([]);
        const pause = { weekday: 1, start: "11:00", end: "11:00" };
        expect(faults({ breaks: [pause] })).toEqual(["length"]);
        expect(faults({ breaks: [{ ...pause, end: "10:00" }] })).toEqual([]);
        const day = { date: "2026-12-24", closed: true as const };
        expect(faults({ exceptions: [day] })).toEqual([]);
        expect(faults({ exceptions: [day, day] })).toEqual(["twice", "twice"]);
        expect(faults({ exceptions: [{ ...day, date: "" }] })).toEqual(["missing"]);
    });
});

describe("hours over midnight", () => {
    const night = { weekday: 7, start: "22:00", end: "02:00", facilityId: "here" };

    it("are on two days", () => {
        expect(faults({ weekly: [night] })).toEqual([]);
        expect(isOvernight(night)).toBe(true);
        expect(isOvernight({ start: "22:00", end: "00:00" })).toBe(false);
        expect(isOvernight({ start: "22:00", end: "" })).toBe(false);
        expect(faults({ weekly: [{ ...night, start: "00:00", end: "24:00" }] })).toEqual([]);
    });

    it("meet those of the next day, also of the next week", () => {
        const early = { ...night, weekday: 1, start: "01:30", end: "05:00" };
        expect(faults({ weekly: [night, early] })).toEqual(["overlap"]);
        expect(faults({ weekly: [early, night] })).toEqual(["overlap"]);
        expect(faults({ weekly: [night, { ...early, start: "02:00" }] })).toEqual([]);
        expect(faults({ weekly: [{ ...night, weekday: 3 }, early] })).toEqual([]);
    });
});

describe("a range of days", () => {
    const open = { start: "09:00", end: "12:00", facilityId: "here" };
    const holiday = { from: "2027-07-01", to: "2027-07-21", closed: true as const };

    it("has a first and a last one", () => {
        expect(faults({ exceptions: [holiday] })).toEqual([]);
        expect(faults({ exceptions: [{ ...holiday, to: "2027-06-30" }] })).toEqual(["days"]);
        expect(faults({ exceptions: [{ ...holiday, to: "2028-06-30" }] })).toEqual([]);
        expect(faults({ exceptions: [{ ...holiday, to: "2028-07-01" }] })).toEqual(["days"]);
        const draft = draftOf(schedule({ exceptions: [{ ...holiday, to: holiday.from }] }));
        expect(bodyOf(draft).exceptions).toEqual([{ date: "2027-07-01", closed: true }]);
    });

    it("may not meet another entry when it is closed", () => {
        const during = { date: "2027-07-10", ...open };
        expect(faults({ exceptions: [holiday, during] })).toEqual(["twice"]);
        expect(faults({ exceptions: [holiday, { ...during, date: "2027-07-22" }] })).toEqual([]);
    });

    it("may have hours beside others, but not over them", () => {
        const days = { from: "2027-07-01", to: "2027-07-03", ...open };
        const late = { date: "2027-07-03", ...open, start: "12:00", end: "13:00" };
        expect(faults({ exceptions: [days, late] })).toEqual([]);
        expect(faults({ exceptions: [days, { ...late, start: "11:00" }] })).toEqual(["overlap"]);
        const night = { date: "2027-06-30", ...open, start: "22:00", end: "09:30" };
        expect(faults({ exceptions: [days, night] })).toEqual(["overlap"]);
        expect(faults({ exceptions: [days, { ...night, end: "09:00" }] })).toEqual([]);
    });
});

describe("a merge", () => {
    const base = draftOf(schedule());
    const mine = draftOf(schedule({ slotMinutes: 45 }));
    const theirs = draftOf(schedule({ weekly: [{ ...monday, end: "13:00" }] }));

    it("keeps what I changed and takes what only they changed", () => {
        const choices = differences(base, mine, theirs);
        expect([...choices]).toEqual([
            ["weekly", "theirs"],
            ["slotMinutes", "mine"],
        ]);
        const result = bodyOf(merged(mine, theirs, choices));
        expect([result.slotMinutes, result.weekly[0]?.end]).toEqual([45, "13:00"]);
    });

    it("does what is chosen", () => {
        const choices = new Map([["weekly", "mine"] as const, ["slotMinutes", "theirs"] as const]);
        const result = bodyOf(merged(mine, theirs, choices));
        expect([result.slotMinutes, result.weekly[0]?.end]).toEqual([30, "12:00"]);
    });
});
