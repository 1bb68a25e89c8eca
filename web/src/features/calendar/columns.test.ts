import { describe, expect, it } from "vitest";
import { columnsOf, daysOf, drawn, hoursOf, placeMeans, placesOf } from "./columns";
import type { Entry } from "./entries";
import { momentOf } from "~/lib/wall";

const providers = ["Ada", "Ben"].map((name) => ({ id: name.toLowerCase(), name }));

function entry(providerId: string, day: string, from: number, to: number): Entry {
    const [start, end] = [momentOf(day, from), momentOf(day, to)];
    return { key: `slot:${start}`, providerId, start, end, slot: null, appointment: null };
}

describe("columns", () => {
    it("are the providers of a day, or the days of one provider", () => {
        const day = columnsOf("day", "2026-11-24", providers, "2026-11-24");
        expect(day.map((one) => [one.title, one.isToday])).toEqual([
            ["Ada", true],
            ["Ben", true],
        ]);
        const week = columnsOf("week", "2026-11-24", providers, "2026-11-24", 1);
        const american = columnsOf("week", "2026-11-24", providers, "2026-11-24", 7);
        expect(american.map((one) => one.day).slice(0, 2)).toEqual(["2026-11-22", "2026-11-23"]);
        expect(week.map((one) => one.day)).toEqual(
            ["23", "24", "25", "26", "27", "28", "29"].map((number) => `2026-11-${number}`),
        );
        expect(new Set(week.map((one) => one.providerId))).toEqual(new Set(["ada"]));
        expect(week.filter((one) => one.isToday)).toHaveLength(1);
        expect(columnsOf("week", "2026-11-24", [], "2026-11-24")).toEqual([]);
    });

    it("say which days to ask for", () => {
        expect(daysOf("day", "2026-11-24")).toEqual({ first: "2026-11-24", last: "2026-11-24" });
        expect(daysOf("week", "2026-11-29", 1)).toEqual({
            first: "2026-11-23",
            last: "2026-11-29",
        });
        expect(daysOf("week", "2026-11-29", 7).first).toBe("2026-11-29");
    });
});

describe("place", () => {
    const columns = columnsOf("day", "2026-11-24", providers, "2026-11-21");

    it("puts an entry into its provider's column and back", () => {
        const placed = placesOf(columns, entry("ben", "2026-11-24", 570, 600));
        expect(placed).toEqual([{ index: 1, from: 570, to: 600 }]);
        const meant = placeMeans(columns, new Date(drawn(1, 570)));
        expect(meant?.column.providerId).toBe("ben");
        expect(meant?.start).toBe(momentOf("2026-11-24", 570));
    });

    it("shows what passes midnight on both days", () => {
        const night = entry("ada", "2026-11-24", 1410, 1500);
        const week = columnsOf("week", "2026-11-24", providers, "2026-11-24", 1);
        expect(placesOf(week, night)).toEqual([
            { index: 1, from: 1410, to: 1440 },
            { index: 2, from: 0, to: 60 },
        ]);
        const morning = columnsOf("day", "2026-11-25", providers, "2026-11-24");
        expect(placesOf(morning, night)).toEqual([{ index: 0, from: 0, to: 60 }]);
        expect(hoursOf(morning, [night]).first).toBe(0);
        const until = entry("ada", "2026-11-24", 1410, 1440);
        expect(placesOf(week, until)).toEqual([{ index: 1, from: 1410, to: 1440 }]);
    });

    it("does not show what belongs to another day or person", () => {
        expect(placesOf(columns, entry("ben", "2026-11-25", 570, 600))).toEqual([]);
        expect(placesOf(columns, entry("cleo", "2026-11-24", 570, 600))).toEqual([]);
        expect(placeMeans(columns, new Date(drawn(2, 0)))).toBeNull();
    });
});

describe("hours", () => {
    const columns = columnsOf("day", "2026-11-24", providers, "2026-11-21");

    it("are an office day, and more when there is more", () => {
        expect(hoursOf(columns, [])).toEqual({ first: 8, last: 18 });
        expect(hoursOf(columns, [entry("ada", "2026-11-24", 385, 415)])).toEqual({
            first: 6,
            last: 18,
        });
        expect(hoursOf(columns, [entry("ada", "2026-11-24", 1200, 1230)])).toEqual({
            first: 8,
            last: 21,
        });
        expect(hoursOf(columns, [entry("ada", "2026-11-24", 1410, 1500)])).toEqual({
            first: 8,
            last: 24,
        });
    });
});
