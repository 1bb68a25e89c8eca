import { describe, expect, test } from "vitest";
import { basedOn, LIFETIME_MS, nextToSend, type QueuedChange } from "./changes";

const about = { serviceTitle: "s", providerName: "p", start: "", timezone: "UTC" };
const NOW = 1_800_000_000_000;

function change(
    key: string,
    appointmentId: string,
    more: Partial<QueuedChange> = {},
): QueuedChange {
    const what = { kind: "cancel" as const, appointmentId, version: 3 };
    return { key, userId: "u", madeAt: NOW - 1000, about, change: what, ...more };
}
const refusal = { status: 409, document: {} };
const next = (...items: QueuedChange[]) => nextToSend(items, "u", NOW)?.key;

describe("what is sent next", () => {
    test("the first that was made", () => {
        expect(next(change("1", "a"), change("2", "b"))).toBe("1");
    });

    test("nothing of another person", () => {
        expect(next(change("1", "a", { userId: "other" }))).toBeUndefined();
    });

    test("nothing that was refused, nor what came after it to the same appointment", () => {
        const refused = change("1", "a", { refusal });
        expect(next(refused, change("2", "a"))).toBeUndefined();
        expect(next(refused, change("2", "a"), change("3", "b"))).toBe("3");
    });

    test("nothing for which the server may have forgotten the key", () => {
        const madeAt = NOW - LIFETIME_MS;
        expect(next(change("1", "a", { madeAt }))).toBe("1");
        expect(next(change("1", "a", { madeAt: madeAt - 1 }))).toBeUndefined();
    });
});

test("a change builds on the version that one's own earlier change made, and on no other's", () => {
    expect(basedOn(change("1", "a"), 3, 4).change).toMatchObject({ version: 4 });
    const stale = change("1", "a");
    expect(basedOn(stale, 4, 5)).toBe(stale);
});
