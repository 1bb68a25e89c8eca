import { describe, expect, it } from "vitest";
import type { Slot } from "~/features/calendar/entries";
import { standingOf } from "./standing";

const NOW = Date.parse("2026-11-24T08:00:00Z");
const at = (clock: string) => `2026-11-24T${clock}:00Z`;
const wish = { start: at("09:00"), end: at("09:30"), serviceId: "checkup" };
const slot = (id: string, start: string, end: string, more: Partial<Slot> = {}) =>
    ({
        id,
        start: at(start),
        end: at(end),
        status: "available",
        serviceId: null,
        heldUntil: null,
        ...more,
    }) as Slot;
const standing = (...slots: Slot[]) => standingOf(wish, slots, NOW);

describe("a wish", () => {
    it("takes the free slot of its time, the closest fit first", () => {
        const long = slot("long", "08:30", "10:00");
        const exact = slot("exact", "09:00", "09:30");
        expect(standing(long, exact)).toEqual({ kind: "free", slot: exact });
        expect(standing(long)).toEqual({ kind: "free", slot: long });
    });

    it("takes no slot of another service", () => {
        const other = slot("other", "09:00", "09:30", { serviceId: "massage" });
        expect(standing(other)).toEqual({ kind: "in_the_way", slots: [other] });
    });

    it("says what is in the way: taken, or of another time", () => {
        const booked = slot("booked", "09:00", "09:30", { status: "booked" });
        const shifted = slot("shifted", "09:15", "09:45");
        const beside = slot("beside", "09:30", "10:00");
        expect(standing(booked)).toEqual({ kind: "in_the_way", slots: [booked] });
        expect(standing(shifted, beside)).toEqual({ kind: "in_the_way", slots: [shifted] });
    });

    it("takes a slot whose reservation has run out", () => {
        const held = slot("held", "09:00", "09:30", { status: "held", heldUntil: at("07:59") });
        expect(standing(held).kind).toBe("free");
        expect(standing({ ...held, heldUntil: at("08:01") }).kind).toBe("in_the_way");
    });

    it("may open a blocked slot, or publish where there is none", () => {
        const blocked = slot("blocked", "09:00", "09:30", { status: "blocked" });
        expect(standing(blocked)).toEqual({ kind: "blocked", slot: blocked });
        expect(standing(slot("small", "09:00", "09:10", { status: "blocked" })).kind).toBe(
            "unpublished",
        );
        expect(standing().kind).toBe("unpublished");
    });

    it("cannot be granted once its time has come", () => {
        expect(standingOf(wish, [slot("s", "09:00", "09:30")], Date.parse(wish.start)).kind).toBe(
            "past",
        );
    });
});
