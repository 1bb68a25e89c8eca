import { describe, expect, it } from "vitest";
import type { Appointment } from "~/features/appointments/queries";
import { entriesOf, isMovable, slotStatus, type Slot } from "./entries";

const NOW = Date.parse("2026-11-24T08:00:00Z");
const slot = (id: string, more: Partial<Slot> = {}) =>
    ({
        id,
        providerId: "ada",
        start: "2026-11-24T09:00:00Z",
        end: "2026-11-24T09:30:00Z",
        status: "available",
        heldUntil: null,
        appointmentId: null,
        ...more,
    }) as Slot;
const appointment = (id: string, more: Partial<Appointment> = {}) =>
    ({
        id,
        providerId: "ada",
        start: "2026-11-24T10:00:00Z",
        end: "2026-11-24T10:30:00Z",
        status: "confirmed",
        ...more,
    }) as Appointment;

describe("entriesOf", () => {
    it("shows a booked slot as its appointment, once", () => {
        const entries = entriesOf(
            [slot("1"), slot("2", { status: "booked", appointmentId: "a" })],
            [appointment("a")],
        );
        expect(entries.map((one) => one.key)).toEqual(["slot:1", "appointment:a"]);
        expect(entries[1]?.slot?.id).toBe("2");
    });

    it("shows what has no slot, but not what is cancelled", () => {
        const entries = entriesOf(
            [],
            [
                appointment("asked", { status: "requested" }),
                appointment("gone", { status: "cancelled" }),
                appointment("missed", { status: "no_show", start: "2026-11-24T07:00:00Z" }),
            ],
        );
        expect(entries.map((one) => one.key)).toEqual(["appointment:missed", "appointment:asked"]);
    });

    it("shows a booked slot whose appointment is not there yet as the slot", () => {
        const [only] = entriesOf([slot("2", { status: "booked", appointmentId: "a" })], []);
        expect([only?.key, only?.appointment]).toEqual(["slot:2", null]);
    });
});

describe("a reservation that has run out", () => {
    const held = slot("1", { status: "held", heldUntil: "2026-11-24T08:00:00Z" });

    it("leaves its slot available", () => {
        expect(slotStatus(held, NOW - 1)).toBe("held");
        expect(slotStatus(held, NOW)).toBe("available");
    });
});

describe("isMovable", () => {
    const movable = (entry: Parameters<typeof entriesOf>) => {
        const [only] = entriesOf(...entry);
        return only && isMovable(only, NOW);
    };

    it("takes free slots and confirmed appointments to come", () => {
        expect(movable([[slot("1")], []])).toBe(true);
        expect(movable([[], [appointment("a")]])).toBe(true);
    });

    it("leaves everything else where it is", () => {
        expect(movable([[slot("1", { status: "blocked" })], []])).toBe(false);
        expect(movable([[slot("1", { start: "2026-11-24T07:59:00Z" })], []])).toBe(false);
        expect(movable([[], [appointment("a", { status: "requested" })]])).toBe(false);
        expect(movable([[], [appointment("a", { status: "completed" })]])).toBe(false);
    });
});
