import { useMemo } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { Problem } from "~/api/problem";
import { useAppSelector } from "~/app/store";
import { useMe, useUser } from "~/features/account/session";
import { browserStorage } from "~/lib/storage";
import { useNow } from "~/lib/useNow";
import { appointmentOf, isWaiting, type About, type Change, type QueuedChange } from "./changes";
import { enqueue, newChange } from "./queue";
import { forget } from "./replay";
import { send, type Done } from "./send";
import { OWNER } from "./owner";
import { readQueue } from "./storage";

export function useIsOffline(): boolean {
    return !useAppSelector((state) => state.ui.online);
}

/** The signed-in user's changes that are not done yet. */
export function useQueue(): QueuedChange[] {
    const userId = useMe()?.id;
    const items = useAppSelector((state) => state.queue.items);
    return useMemo(() => items.filter((item) => item.userId === userId), [items, userId]);
}

/** What waits for the person whose session ended by itself, while nobody is signed in. */
export function useLeftWaiting(): number {
    const me = useMe();
    const items = useAppSelector((state) => state.queue.items);
    const owner = me === null ? browserStorage.getItem(OWNER) : null;
    const now = useNow(60_000);
    return items.filter((item) => item.userId === owner && isWaiting(item, now)).length;
}

/** Those of one appointment. */
export function useQueuedOf(appointmentId: string): QueuedChange[] {
    return useQueue().filter((item) => appointmentOf(item.change) === appointmentId);
}

/** Somebody who has signed out meanwhile, in any tab, wants nothing sent any more. */
function hasLeft(userId: string): boolean {
    return browserStorage.getItem(OWNER) !== userId;
}

/** No answer, or none from the server itself: it may have been done, only the key can tell. */
function isUnanswered(error: unknown): boolean {
    return error instanceof Problem && [0, 502, 504].includes(error.status);
}

/**
 * Makes a change: at once when the server answers, otherwise as soon as it does.
 * @throws Problem when the server refuses.
 */
export function useSubmit(): (change: Change, about: About) => Promise<Done | "queued"> {
    const user = useUser();
    const client = useQueryClient();
    return async (change, about) => {
        const item = newChange(user.id, change, about);
        const appointment = appointmentOf(change);
        const mustWait = readQueue().some(
            (other) =>
                other.userId === user.id &&
                appointment !== null &&
                appointmentOf(other.change) === appointment &&
                isWaiting(other, Date.now()),
        );
        if (mustWait || !navigator.onLine) {
            enqueue(item);
            return "queued";
        }
        try {
            const done = await send(item);
            forget(client, done.appointment.id);
            return done;
        } catch (error) {
            if (!isUnanswered(error) || hasLeft(user.id)) throw error;
            enqueue(item);
            return "queued";
        }
    };
}
