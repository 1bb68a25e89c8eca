import { describe, expect, it } from "vitest";
import { typedDay } from "./dates";

// A Saturday.
const TODAY = "2026-11-21";

describe("typedDay", () => {
    it.each([
        ["today", "2026-11-21"],
        ["Tomorrow", "2026-11-22"],
        ["yesterday", "2026-11-20"],
        ["+3", "2026-11-24"],
        ["-30", "2026-10-22"],
        ["sat", "2026-11-21"],
        ["fri", "2026-11-27"],
        ["monday", "2026-11-23"],
        ["2027-02-01", "2027-02-01"],
        ["24.11.", "2026-11-24"],
        ["24/11", "2026-11-24"],
        ["1.2.", "2027-02-01"],
        ["24.11.2025", "2025-11-24"],
        ["3 dec", "2026-12-03"],
        ["3. January", "2027-01-03"],
    ])("takes %s for %s", (typed, day) => {
        expect(typedDay(typed, TODAY)).toBe(day);
    });

    it.each(["", "m", "mo", "mia", "31.2.", "2026-02-30", "99", "12.13.", "3 foo", "+"])(
        "takes %j for no date",
        (typed) => {
            expect(typedDay(typed, TODAY)).toBeNull();
        },
    );
});
