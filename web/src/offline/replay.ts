import type { QueryClient } from "@tanstack/react-query";
import { Problem } from "~/api/problem";
import { store } from "~/app/store";
import { APPOINTMENT_LISTS, appointmentKey } from "~/features/appointments/queries";
import { nextToSend, type QueuedChange } from "./changes";
import { markRefused, refreshQueue, settle } from "./queue";
import { sendingChanged } from "./queueSlice";
import { isTemporary, send, type Done } from "./send";
import { isQueued, readQueue } from "./storage";

const LOCK = "holdfast.queue";
const AGAIN_SECONDS = 5;
/** A tab in a process of its own still sees what was taken out of the storage for a moment. */
const SEEN_BY_ALL_MS = 100;

export type Outcome =
    | { kind: "done"; item: QueuedChange; done: Done }
    | { kind: "refused"; item: QueuedChange; problem: Problem };

/** One tab at a time; where the browser cannot say (no https, no storage), the keys alone make it once. */
async function alone(work: () => Promise<number>): Promise<number> {
    let hasBegun = false;
    try {
        return await navigator.locks.request(LOCK, async () => {
            hasBegun = true;
            const seconds = await work();
            await new Promise((done) => setTimeout(done, SEEN_BY_ALL_MS));
            return seconds;
        });
    } catch (error) {
        // Without locks there is nobody to wait for.
        if (hasBegun as boolean) throw error;
        return work();
    }
}

/** What this tab is sending, which where there are no such locks nobody else can tell. */
let underWay: Promise<unknown> = Promise.resolve();

const LET_GO_MS = 5000;

/** Resolves when no tab of this browser is sending what was queued; after a while in any case. */
export async function whenNothingIsSent(): Promise<void> {
    const signal = AbortSignal.timeout(LET_GO_MS);
    const tooLong = new Promise((done) => signal.addEventListener("abort", done));
    try {
        await Promise.race([underWay, tooLong]);
        await navigator.locks.request(LOCK, { signal }, () => undefined);
    } catch {
        // Another tab takes too long, or there is no way to ask it.
    }
}

/**
 * Sends what waits, in the order in which it was made.
 * @returns in how many seconds to try again; 0 when nothing waits any more.
 */
export function replay(
    userId: string,
    client: QueryClient,
    tell: (outcome: Outcome) => void,
): Promise<number> {
    return alone(async () => {
        for (;;) {
            const item = nextToSend(readQueue(), userId, Date.now());
            if (!item) break;
            store.dispatch(sendingChanged(item.key));
            try {
                const sending = send(item, () => isQueued(item.key));
                underWay = sending.catch(() => undefined);
                const done = await sending;
                settle(item, done.appointment.version);
                forget(client, done.appointment.id);
                tell({ kind: "done", item, done });
            } catch (error) {
                if (!(error instanceof Problem)) throw error;
                // Discarded while it was under way: there is nothing to ask about any more.
                if (!isQueued(item.key)) continue;
                if (isTemporary(error)) return error.retryAfterSeconds || AGAIN_SECONDS;
                markRefused(item, error);
                tell({ kind: "refused", item, problem: error });
            } finally {
                store.dispatch(sendingChanged(null));
            }
        }
        refreshQueue();
        return 0;
    });
}

/** The views of an appointment that has changed are fetched again. */
export function forget(client: QueryClient, appointmentId: string): void {
    void client.invalidateQueries({ queryKey: appointmentKey(appointmentId) });
    void client.invalidateQueries({ queryKey: APPOINTMENT_LISTS });
    void client.invalidateQueries({ queryKey: ["availability"] });
}
