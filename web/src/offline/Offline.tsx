import { lazy, Suspense, useEffect } from "react";
import { settled } from "~/app/queryClient";
import { useAppSelector } from "~/app/store";
import { useMe } from "~/features/account/session";
import { withRetry } from "~/lib/withRetry";
import { useOwner } from "./useOwner";
import { useReplay } from "./useReplay";

const loadQueueDialog = () => import("./QueueDialog");
const QueueDialog = lazy(withRetry(loadQueueDialog));
const Resolver = lazy(withRetry(() => import("./Resolver")));

/** What goes on behind every screen: the queue is sent, and asks when it cannot go on. */
export function Offline() {
    useOwner();
    useReplay();
    const isSignedIn = Boolean(useMe());
    useEffect(() => {
        // It is wanted just when it can no longer be fetched.
        if (isSignedIn) void settled.then(loadQueueDialog).catch(() => undefined);
    }, [isSignedIn]);
    const isOpen = useAppSelector((state) => state.queue.isOpen);
    const resolving = useAppSelector((state) => state.queue.resolving);
    return (
        <>
            <Suspense fallback={null}>
                {isOpen && <QueueDialog />}
                {resolving !== null && <Resolver itemKey={resolving} />}
            </Suspense>
        </>
    );
}
