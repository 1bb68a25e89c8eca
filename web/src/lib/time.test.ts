import { afterEach, expect, it } from "vitest";
import { chooseZone, clock, userZone } from "./time";

afterEach(() => chooseZone(null));

it("shows times in the zone that the reader chose", () => {
    chooseZone("Asia/Kolkata");
    expect(clock("2026-11-21T09:00:00Z")).toMatch(/^(14:30|2:30\sPM)$/);
    chooseZone("America/New_York");
    expect(clock("2026-11-21T09:00:00Z")).toMatch(/^0?4:00/);
});

it("goes by the browser for who chose none, or one that is not known", () => {
    const browser = Intl.DateTimeFormat().resolvedOptions().timeZone;
    for (const zone of [null, "Mars/Olympus"]) {
        chooseZone("Asia/Kolkata");
        chooseZone(zone);
        expect(userZone).toBe(browser);
    }
});
