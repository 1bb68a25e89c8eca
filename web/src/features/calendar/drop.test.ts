import { describe, expect, it } from "vitest";
import type { Appointment } from "~/features/appointments/queries";
import { columnsOf } from "./columns";
import { meaningOf } from "./drop";
import { entriesOf, type Entry, type Slot } from "./entries";
import { momentOf } from "~/lib/wall";

const DAY = "2026-11-24";
const NOW = Date.parse(momentOf(DAY, 8 * 60));
const providers = ["ada", "ben"].map((id) => ({ id, name: id }));
const [ada, ben] = columnsOf("day", DAY, providers, DAY) as [never, never];

function slot(id: string, providerId: string, from: number, more: Partial<Slot> = {}) {
    return {
        id,
        providerId,
        start: momentOf(DAY, from),
        end: momentOf(DAY, from + 30),
        status: "available",
        heldUntil: null,
        appointmentId: null,
        ...more,
    } as Slot;
}

const booked = {
    id: "visit",
    providerId: "ada",
    start: momentOf(DAY, 540),
    end: momentOf(DAY, 570),
    status: "confirmed",
} as Appointment;
const entries = entriesOf(
    [
        slot("own", "ada", 540, { status: "booked", appointmentId: "visit" }),
        slot("free", "ada", 600),
        slot("held", "ada", 660, { status: "held", heldUntil: momentOf(DAY, 700) }),
        slot("short", "ben", 600, { end: momentOf(DAY, 615) }),
        slot("long", "ben", 660, { end: momentOf(DAY, 720) }),
    ],
    [booked],
);
const named = (key: string) => entries.find((one) => one.key === key) as Entry;
const visit = named("appointment:visit");

describe("an appointment that is dropped", () => {
    const to = (column: never, minutes: number) =>
        meaningOf({ entry: visit, column, start: momentOf(DAY, minutes) }, entries, NOW);

    it("goes into the free slot under it or near it, at another provider's too", () => {
        expect(to(ada, 600)).toMatchObject({ kind: "appointment", to: { id: "free" } });
        expect(to(ada, 590)).toMatchObject({ to: { id: "free" } });
        expect(to(ada, 625)).toMatchObject({ to: { id: "free" } });
        expect(to(ben, 660)).toMatchObject({ to: { id: "long" } });
    });

    it("does not go where nothing is free or long enough", () => {
        expect(to(ada, 550).kind).toBe("no_slot");
        expect(to(ada, 660).kind).toBe("no_slot");
        expect(to(ben, 600).kind).toBe("no_slot");
        expect(to(ada, 900).kind).toBe("no_slot");
    });
});

describe("a free slot that is dropped", () => {
    const to = (column: never, minutes: number) =>
        meaningOf(
            { entry: named("slot:free"), column, start: momentOf(DAY, minutes) },
            entries,
            NOW,
        );

    it("keeps its length and its provider", () => {
        expect(to(ada, 720)).toMatchObject({
            kind: "slot",
            start: momentOf(DAY, 720),
            end: momentOf(DAY, 750),
        });
        expect(to(ben, 720).kind).toBe("other_provider");
    });

    it("does not go into the past", () => {
        expect(to(ada, 470).kind).toBe("past");
    });
});
