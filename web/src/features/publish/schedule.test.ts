import { describe, expect, it } from "vitest";
import { bodyOf, differences, draftOf, faultsOf, isSame, merged, type Schedule } from "./schedule";

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
        expect(faults({ weekly: [{ ...monday, end: "09:00" }] })).toEqual(["order"]);
        expect(faults({ weekly: [{ ...monday, end: "24:00" }] })).toEqual([]);
        const later = { ...monday, start: "11:30", end: "13:00" };
        expect(faults({ weekly: [monday, later] })).toEqual(["overlap"]);
        expect(faults({ weekly: [monday, { ...later, weekday: 2 }] })).toEqual([]);
        expect(faults({ breaks: [{ weekday: 1, start: "11:00", end: "10:00" }] })).toEqual([
            "order",
        ]);
        const day = { date: "2026-12-24", closed: true as const };
        expect(faults({ exceptions: [day] })).toEqual([]);
        expect(faults({ exceptions: [day, day] })).toEqual(["twice", "twice"]);
        expect(faults({ exceptions: [{ ...day, date: "" }] })).toEqual(["missing"]);
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
