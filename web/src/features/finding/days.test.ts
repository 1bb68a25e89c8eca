import { describe, expect, it } from "vitest";
import type { Timeslot } from "./availability";
import { blockOf, byPartOfDay, daysOfBlock, freeByDay, timeslotsOn } from "./days";

const slot = (start: string, status: Timeslot["status"] = "available"): Timeslot => ({
    id: start,
    providerId: "p",
    facilityId: "f",
    priceCents: 100,
    start,
    end: start,
    status,
});

describe("blocks of days", () => {
    it("are counted from today", () => {
        expect(blockOf("2026-11-21", "2026-11-21")).toBe("2026-11-21");
        expect(blockOf("2026-12-04", "2026-11-21")).toBe("2026-11-21");
        expect(blockOf("2026-12-05", "2026-11-21")).toBe("2026-12-05");
    });
    it("never begin in the past or beyond reach", () => {
        expect(blockOf("2020-01-01", "2026-11-21")).toBe("2026-11-21");
        expect(blockOf("9999-01-01", "2026-11-21")).toBe("2026-11-21");
    });
    it("hold two weeks, over the end of a month and a change of the clocks", () => {
        const days = daysOfBlock("2026-10-20");
        expect(days).toHaveLength(14);
        expect(days.slice(4, 7)).toEqual(["2026-10-24", "2026-10-25", "2026-10-26"]);
        expect(days.at(-1)).toBe("2026-11-02");
    });
});

describe("a day's timeslots", () => {
    const zone = "America/New_York";
    const late = slot("2026-11-24T03:30:00Z");
    const begun = slot("2026-11-23T14:00:00Z");
    const slots = [
        begun,
        slot("2026-11-23T17:00:00Z", "blocked"),
        slot("2026-11-23T18:00:00Z", "booked"),
        late,
    ];
    it("are those of the reader's day that have not begun, the taken ones too", () => {
        const shown = timeslotsOn(slots, "2026-11-23", Date.parse("2026-11-23T14:00:00Z"), zone);
        expect(shown.map((one) => one.status)).toEqual(["booked", "available"]);
        expect(timeslotsOn(slots, "2026-11-24", 0, zone)).toEqual([]);
    });
    it("are counted where they are free", () => {
        expect([...freeByDay(slots, zone)]).toEqual([["2026-11-23", 2]]);
        expect([...freeByDay(slots, "Europe/Berlin")]).toEqual([
            ["2026-11-23", 1],
            ["2026-11-24", 1],
        ]);
    });
    it("come by part of the day, without empty parts", () => {
        const parts = byPartOfDay(slots, zone).map(([part, some]) => [part, some.length]);
        expect(parts).toEqual([
            ["morning", 1],
            ["afternoon", 2],
            ["evening", 1],
        ]);
        expect(byPartOfDay([late], "Europe/Berlin").map(([part]) => part)).toEqual(["morning"]);
    });
});
