import { describe, expect, it } from "vitest";
import { everyDay } from "./period";

const empty = (day: string) => ({ day, count: 0 });

describe("everyDay", () => {
    it("fills in the days on which nothing happened", () => {
        const found = [{ day: "2026-03-02", count: 7 }];
        expect(everyDay(found, "2026-03-01T15:00:00Z", "2026-03-03T09:00:00Z", empty)).toEqual([
            { day: "2026-03-01", count: 0 },
            { day: "2026-03-02", count: 7 },
            { day: "2026-03-03", count: 0 },
        ]);
    });

    it("does not begin the day at whose midnight a period ends", () => {
        const days = everyDay([], "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", empty);
        expect(days.map(({ day }) => day)).toEqual(["2026-03-01"]);
    });
});
