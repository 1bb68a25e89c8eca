import { describe, expect, it } from "vitest";
import { centsOf, typedAmount } from "./amounts";

describe("amounts", () => {
    it("come back as they were typed", () => {
        for (const typed of ["0.00", "50.00", "19.99", "1000000.01"])
            expect(typedAmount(centsOf(typed, "EUR") ?? -1, "EUR")).toBe(typed);
    });

    it("know currencies without cents, and with three digits", () => {
        expect(centsOf("500", "JPY")).toBe(500);
        expect(typedAmount(500, "JPY")).toBe("500");
        expect(centsOf("1.5", "KWD")).toBe(1500);
    });

    it("take a comma, and refuse what is no amount", () => {
        expect(centsOf("49,9", "EUR")).toBe(4990);
        for (const typed of ["", "x", "-1", "1e3", "1.2.3"])
            expect(centsOf(typed, "EUR")).toBeNull();
    });
});
