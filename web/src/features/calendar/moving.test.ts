import { describe, expect, it } from "vitest";
import { changedTimes, typedOf } from "./moving";

const ZONE = "Europe/Berlin";
// The clocks go back at 03:00 on 25 October 2026: 02:30 comes at 00:30Z and again at 01:30Z.
const first = { start: "2026-10-25T00:30:00.000Z", end: "2026-10-25T01:00:00.000Z" };
const second = { start: "2026-10-25T01:30:00.000Z", end: "2026-10-25T02:00:00.000Z" };
const day = { start: "2026-11-24T09:00:00.000Z", end: "2026-11-24T09:30:00.000Z" };
const night = { start: "2026-11-24T22:30:00.000Z", end: "2026-11-24T23:30:00.000Z" };
const change = (slot: typeof day, typed: Partial<ReturnType<typeof typedOf>>) =>
    changedTimes(slot, { ...typedOf(slot, ZONE), ...typed }, ZONE);

describe("the times of a slot", () => {
    it.each([first, second, day, night])("are left alone when nothing was typed: %o", (slot) => {
        expect(change(slot, {})).toEqual({});
    });

    it("change by what was typed only", () => {
        expect(change(day, { start: "09:30" })).toEqual({ start: "2026-11-24T08:30:00.000Z" });
        expect(change(day, { end: "11:00" })).toEqual({ end: "2026-11-24T10:00:00.000Z" });
        expect(change(second, { end: "03:30" })).toEqual({ end: "2026-10-25T02:30:00.000Z" });
        // From the first 02:00 to the second one, made longer: still to the second.
        expect(change(first, { start: "01:30" })).toEqual({ start: "2026-10-24T23:30:00.000Z" });
    });

    it("change both with the day", () => {
        expect(change(night, { day: "2026-11-25" })).toEqual({
            start: "2026-11-25T22:30:00.000Z",
            end: "2026-11-25T23:30:00.000Z",
        });
    });

    it("put an end on the next day, and back", () => {
        expect(change(day, { start: "23:00", end: "00:30" }).end).toBe("2026-11-24T23:30:00.000Z");
        expect(change(day, { start: "11:00" }).end).toBe("2026-11-25T09:30:00.000Z");
        expect(change(night, { start: "00:15" }).end).toBe("2026-11-23T23:30:00.000Z");
    });
});
