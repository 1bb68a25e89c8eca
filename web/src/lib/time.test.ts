import { expect, it } from "vitest";
import { startOfDay } from "./time";

it("finds a day's first moment in any zone, on both sides of a change of the clocks", () => {
    const at = (day: string, zone: string) => startOfDay(day, zone).toISOString();
    expect(at("2026-11-21", "Europe/Berlin")).toBe("2026-11-20T23:00:00.000Z");
    expect(at("2026-10-25", "Europe/Berlin")).toBe("2026-10-24T22:00:00.000Z");
    expect(at("2026-10-26", "Europe/Berlin")).toBe("2026-10-25T23:00:00.000Z");
    expect(at("2026-11-01", "America/New_York")).toBe("2026-11-01T04:00:00.000Z");
    expect(at("2026-11-21", "Asia/Kolkata")).toBe("2026-11-20T18:30:00.000Z");
    expect(at("2026-11-21", "Pacific/Auckland")).toBe("2026-11-20T11:00:00.000Z");
});
