import { lazy, Suspense } from "react";
import { useAppSelector } from "~/app/store";
import { useOwner } from "./useOwner";
import { useReplay } from "./useReplay";

const QueueDialog = lazy(() => import("./QueueDialog"));
const Resolver = lazy(() => import("./Resolver"));

/** What goes on behind every screen: the queue is sent, and asks when it cannot go on. */
export function Offline() {
    useOwner();
    useReplay();
    const isOpen = useAppSelector((state) => state.queue.isOpen);
    const resolving = useAppSelector((state) => state.queue.resolving);
    return (
        <Suspense fallback={null}>
            {isOpen && <QueueDialog />}
            {resolving !== null && <Resolver itemKey={resolving} />}
        </Suspense>
    );
}
