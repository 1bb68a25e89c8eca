import { store } from "~/app/store";
import { newKey } from "~/api/client";
import type { Problem } from "~/api/problem";
import { appointmentOf, basedOn, type About, type Change, type QueuedChange } from "./changes";
import { queueRead } from "./queueSlice";
import { readQueue, removeChange, writeChange } from "./storage";

/** Shows what the storage holds now. */
export function refreshQueue(): void {
    store.dispatch(queueRead(readQueue()));
}

/** A change as it is made at the tap: from here on it has its key. */
export function newChange(userId: string, change: Change, about: About): QueuedChange {
    const last = readQueue().at(-1)?.madeAt ?? 0;
    return { key: newKey(), userId, madeAt: Math.max(Date.now(), last + 1), about, change };
}

export function enqueue(item: QueuedChange): void {
    writeChange(item);
    refreshQueue();
}

export function discard(key: string): void {
    removeChange(key);
    refreshQueue();
}

/** Forgets what this user made and has not been done; they were asked. */
export function discardAllOf(userId: string): void {
    for (const item of readQueue()) if (item.userId === userId) removeChange(item.key);
    refreshQueue();
}

export function markRefused(item: QueuedChange, problem: Problem): void {
    const refusal = { status: problem.status, document: problem.document };
    writeChange({ ...item, refusal });
    refreshQueue();
}

/** Puts another change in the place of one that was refused: a tap of its own, so a new key. */
export function replaceChange(item: QueuedChange, change: Change, about: About): void {
    removeChange(item.key);
    enqueue({ ...newChange(item.userId, change, about), madeAt: item.madeAt });
}

/** It is done, and made `version` of its appointment; the later ones build on that. */
export function settle(done: QueuedChange, version: number): void {
    removeChange(done.key);
    const appointment = appointmentOf(done.change);
    for (const item of readQueue()) {
        if (item.userId !== done.userId || appointmentOf(item.change) !== appointment) continue;
        const rebased = basedOn(item, version - 1, version);
        if (rebased !== item) writeChange(rebased);
    }
    refreshQueue();
}
