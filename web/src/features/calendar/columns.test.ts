import { describe, expect, it } from "vitest";
import { columnsOf, daysOf, drawn, hoursOf, place, placeMeans } from "./columns";
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
        const week = columnsOf("week", "2026-11-24", providers, "2026-11-24");
        expect(week.map((one) => one.day)).toEqual(
            ["23", "24", "25", "26", "27", "28", "29"].map((number) => `2026-11-${number}`),
        );
        expect(new Set(week.map((one) => one.providerId))).toEqual(new Set(["ada"]));
        expect(week.filter((one) => one.isToday)).toHaveLength(1);
        expect(columnsOf("week", "2026-11-24", [], "2026-11-24")).toEqual([]);
    });

    it("say which days to ask for", () => {
        expect(daysOf("day", "2026-11-24")).toEqual({ first: "2026-11-24", last: "2026-11-24" });
        expect(daysOf("week", "2026-11-29")).toEqual({ first: "2026-11-23", last: "2026-11-29" });
    });
});

describe("place", () => {
    const columns = columnsOf("day", "2026-11-24", providers, "2026-11-21");

    it("puts an entry into its provider's column and back", () => {
        const placed = place(columns, entry("ben", "2026-11-24", 570, 600));
        expect(placed).toEqual({ index: 1, start: drawn(1, 570), end: drawn(1, 600) });
        const meant = placeMeans(columns, new Date(drawn(1, 570)));
        expect(meant?.column.providerId).toBe("ben");
        expect(meant?.start).toBe(momentOf("2026-11-24", 570));
    });

    it("does not show what belongs to another day or person", () => {
        expect(place(columns, entry("ben", "2026-11-25", 570, 600))).toBeNull();
        expect(place(columns, entry("cleo", "2026-11-24", 570, 600))).toBeNull();
        expect(placeMeans(columns, new Date(drawn(2, 0)))).toBeNull();
    });
});

describe("hours", () => {
    it("are an office day, and more when there is more", () => {
        expect(hoursOf([])).toEqual({ first: 8, last: 18 });
        expect(hoursOf([entry("ada", "2026-11-24", 385, 415)])).toEqual({ first: 6, last: 18 });
        expect(hoursOf([entry("ada", "2026-11-24", 1200, 1230)])).toEqual({ first: 8, last: 21 });
        expect(hoursOf([entry("ada", "2026-11-24", 1410, 1500)])).toEqual({ first: 8, last: 24 });
    });
});
