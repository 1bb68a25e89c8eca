import { describe, expect, it } from "vitest";
import type { LiveEvent } from "~/realtime/socket";
import {
    afterEvent,
    isAboutLock,
    isActive,
    isDue,
    standing,
    type EditLock,
    type Known,
} from "./editLockState";

const NOW = Date.parse("2026-03-02T09:00:00Z");
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();
const me = "me";

function lock(version: number, userId = me, endsIn = 300): EditLock {
    return {
        appointmentId: "a",
        userId,
        userInfo: { name: userId },
        createdAt: at(0),
        expiresAt: at(endsIn),
        version,
    };
}
const held = (version: number) => ({ version, ttlMs: 300_000 });
const known = (of: EditLock | null, ended: Known["ended"] = null): Known => ({ lock: of, ended });
const event = (type: string, body: object): LiveEvent => ({
    type,
    channel: "appointment.a",
    ...body,
});

describe("standing", () => {
    const of = (k: Known | undefined, h: ReturnType<typeof held> | null, isAsking = false) =>
        standing(k, h, me, NOW, isAsking).kind;

    it("without holding it", () => {
        expect(of(undefined, null)).toBe("unknown");
        expect(of(known(null), null)).toBe("free");
        expect(of(known(lock(1, "other")), null)).toBe("other");
        expect(of(known(lock(1, "other", -1)), null)).toBe("free");
        expect(of(known(lock(1)), null)).toBe("elsewhere");
        // The event of the grant came before its answer.
        expect(of(known(lock(1)), null, true)).toBe("free");
    });

    it("while holding it", () => {
        expect(of(known(lock(3)), held(3))).toBe("mine");
        expect(of(known(lock(3, me, 0)), held(3))).toBe("expired");
        expect(of(known(lock(4, "other")), held(3))).toBe("taken");
        expect(of(known(lock(4)), held(3))).toBe("elsewhere");
        // Its own renewal, of which the event came first.
        expect(of(known(lock(4)), held(3), true)).toBe("mine");
        expect(standing(known(null, "ended_by_client"), held(3), me, NOW, false)).toEqual({
            kind: "ended",
            reason: "ended_by_client",
        });
    });
});

describe("events", () => {
    it("tell the newest edit lock, and drop what is older", () => {
        const later = known(lock(5, "other"));
        const renewed = event("lock-update", { lock: lock(4, "other") });
        expect(afterEvent(later, renewed)).toBe(later);
        const taken = event("admin-takeover", { lock: lock(6, "admin") });
        expect(afterEvent(later, taken).lock?.userId).toBe("admin");
        const freed = event("lock-released", { reason: "force_released" });
        expect(afterEvent(later, freed)).toEqual(known(null, "force_released"));
    });

    it("of cursors and bookings are not about it", () => {
        expect(isAboutLock(event("cursor-update", {}))).toBe(false);
        expect(isAboutLock(event("lock-acquired", {}))).toBe(true);
    });
});

describe("renewing", () => {
    it("is due when a minute of five is left", () => {
        expect(isDue(lock(1, me, 61), held(1), NOW)).toBe(false);
        expect(isDue(lock(1, me, 60), held(1), NOW)).toBe(true);
    });

    it("needs somebody who has done something since the last time", () => {
        expect(isActive(NOW - 239_000, held(1), NOW)).toBe(true);
        expect(isActive(NOW - 241_000, held(1), NOW)).toBe(false);
    });
});
