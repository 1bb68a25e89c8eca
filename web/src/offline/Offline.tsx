import { lazy, Suspense } from "react";
import { useAppSelector } from "~/app/store";
import { QueueDialog } from "./QueueDialog";
import { useOwner } from "./useOwner";
import { useReplay } from "./useReplay";

const Resolver = lazy(() => import("./Resolver"));

/** What goes on behind every screen: the queue is sent, and asks when it cannot go on. */
export function Offline() {
    useOwner();
    useReplay();
    const isOpen = useAppSelector((state) => state.queue.isOpen);
    const resolving = useAppSelector((state) => state.queue.resolving);
    return (
        <>
            {isOpen && <QueueDialog />}
            <Suspense fallback={null}>
                {resolving !== null && <Resolver itemKey={resolving} />}
            </Suspense>
        </>
    );
}
