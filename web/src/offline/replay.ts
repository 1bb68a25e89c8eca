import type { QueryClient } from "@tanstack/react-query";
import { Problem } from "~/api/problem";
import { store } from "~/app/store";
import { APPOINTMENT_LISTS, appointmentKey } from "~/features/appointments/queries";
import { nextToSend, type QueuedChange } from "./changes";
import { markRefused, refreshQueue, settle } from "./queue";
import { sendingChanged } from "./queueSlice";
import { isTemporary, send, type Done } from "./send";
import { readQueue } from "./storage";

const LOCK = "holdfast.queue";
const AGAIN_SECONDS = 5;
/** A tab in a process of its own still sees what was taken out of the storage for a moment. */
const SEEN_BY_ALL_MS = 100;

export type Outcome =
    | { kind: "done"; item: QueuedChange; done: Done }
    | { kind: "refused"; item: QueuedChange; problem: Problem };

/** One tab at a time; where the browser cannot say (no https), the keys alone make it once. */
async function alone(work: () => Promise<number>): Promise<number> {
    if (!("locks" in navigator)) return work();
    return navigator.locks.request(LOCK, async () => {
        const seconds = await work();
        await new Promise((done) => setTimeout(done, SEEN_BY_ALL_MS));
        return seconds;
    });
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
                const done = await send(item);
                settle(item, done.appointment.version);
                forget(client, done.appointment.id);
                tell({ kind: "done", item, done });
            } catch (error) {
                if (!(error instanceof Problem)) throw error;
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
