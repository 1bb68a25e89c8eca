import type { Schemas } from "~/api/client";
import type { LiveEvent } from "~/realtime/socket";

export type EditLock = Schemas["EditLock"];
export type EndReason =
    "released" | "expired" | "force_released" | "ended_by_client" | "ended_by_staff";

/** What this browser knows of an appointment's edit lock, whoever has it. */
export type Known = { lock: EditLock | null; ended: EndReason | null };
/** The grant that this window relies on; the version is its fencing token. */
export type Held = { version: number; ttlMs: number };

/** How the edit lock stands for this window. */
export type Standing =
    | { kind: "unknown" }
    | { kind: "free" }
    | { kind: "mine"; lock: EditLock }
    | { kind: "other"; lock: EditLock }
    /** The same person edits in another window. */
    | { kind: "elsewhere"; lock: EditLock }
    /** What this window held is gone: */
    | { kind: "expired" }
    | { kind: "taken"; lock: EditLock }
    | { kind: "ended"; reason: EndReason };

const LOCK_EVENTS = new Set(["lock-acquired", "lock-update", "admin-takeover", "lock-released"]);

/** Whether an event says how the edit lock stands; others share its channel. */
export function isAboutLock(event: LiveEvent): boolean {
    return LOCK_EVENTS.has(event.type);
}

/** What is known after such an event. Versions never go back, so what is older is dropped. */
export function afterEvent(known: Known, event: LiveEvent): Known {
    if (event.type === "lock-released") return { lock: null, ended: event.reason as EndReason };
    const lock = event.lock as EditLock;
    return lock.version < (known.lock?.version ?? 0) ? known : { lock, ended: null };
}

/**
 * @param now the server's time.
 * @param isAsking an answer about this window's own lock is on its way: an event may be faster.
 */
export function standing(
    known: Known | undefined,
    held: Held | null,
    userId: string,
    now: number,
    isAsking: boolean,
): Standing {
    if (!known) return { kind: "unknown" };
    const { lock } = known;
    const isOwn = lock?.userId === userId;
    const hasExpired = lock !== null && Date.parse(lock.expiresAt) <= now;
    if (!held) {
        if (!lock || hasExpired || (isOwn && isAsking)) return { kind: "free" };
        return { kind: isOwn ? "elsewhere" : "other", lock };
    }
    if (!lock)
        return isAsking ? { kind: "free" } : { kind: "ended", reason: known.ended ?? "expired" };
    if (!isOwn) return { kind: "taken", lock };
    if (lock.version > held.version && !isAsking) return { kind: "elsewhere", lock };
    return hasExpired ? { kind: "expired" } : { kind: "mine", lock };
}

/** The part of the time that is left when it is renewed: 60 of 300 seconds. */
const LEFT_AT_RENEWAL = 0.2;

/** Whether it is time to renew; a minute of grace is left for a broken network. */
export function isDue(lock: EditLock, held: Held, now: number): boolean {
    return Date.parse(lock.expiresAt) - now <= held.ttlMs * LEFT_AT_RENEWAL;
}

/** Whether somebody has done something at this window within the time of one renewal. */
export function isActive(lastActiveAt: number, held: Held, now: number): boolean {
    return now - lastActiveAt <= held.ttlMs * (1 - LEFT_AT_RENEWAL);
}
