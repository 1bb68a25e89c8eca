import { describe, expect, it } from "vitest";
import type { Slot } from "~/features/calendar/entries";
import { momentOf } from "~/lib/wall";
import { affected, forEachAtOnce } from "./many";

const ZONE = "Europe/Berlin";
const slot = (id: string, minutes: number, status: Slot["status"] = "available") =>
    ({ id, start: momentOf("2026-11-24", minutes, ZONE), status, heldUntil: null }) as Slot;
const slots = [
    slot("early", 480),
    slot("free", 600),
    slot("blocked", 630, "blocked"),
    slot("booked", 660, "booked"),
    slot("late", 720),
];
const ids = (action: Parameters<typeof affected>[1], from = 0, to = 1440) =>
    affected(slots, action, { from, to }, ZONE, 0).map(({ id }) => id);

describe("affected", () => {
    it("leaves alone what the action cannot change", () => {
        expect(ids("block")).toEqual(["early", "free", "late"]);
        expect(ids("open")).toEqual(["blocked"]);
        expect(ids("delete")).toEqual(["early", "free", "blocked", "late"]);
    });

    it("looks at the time of day in the provider's zone", () => {
        expect(ids("block", 540, 720)).toEqual(["free"]);
        expect(ids("block", 600, 721)).toEqual(["free", "late"]);
    });
});

describe("forEachAtOnce", () => {
    it("does everything once, never more than a few at a time", async () => {
        const seen: number[] = [];
        let [running, most] = [0, 0];
        const items = Array.from({ length: 10 }, (_, index) => index);
        await forEachAtOnce(items, 3, async (item) => {
            running += 1;
            most = Math.max(most, running);
            await Promise.resolve();
            seen.push(item);
            running -= 1;
        });
        expect(seen.sort((a, b) => a - b)).toEqual(items);
        expect(most).toBe(3);
    });
});
