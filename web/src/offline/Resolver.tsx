import type { Schemas } from "~/api/client";
import { useAppDispatch, useAppSelector } from "~/app/store";
import { ConflictDialog } from "~/features/booking/ConflictDialog";
import type { QueuedChange } from "./changes";
import { replaceChange } from "./queue";
import { problemOf } from "./QueueItem";
import { resolvingChanged } from "./queueSlice";

type Timeslot = Schemas["Timeslot"];

/** The same wish for another time: a new change in the place of the refused one. */
function moveTo(item: QueuedChange, { id, start, end }: Timeslot): void {
    const { change, about } = item;
    if (change.kind === "book") replaceChange(item, { ...change, start, end }, { ...about, start });
    if (change.kind === "reschedule")
        replaceChange(item, { ...change, timeslotId: id, start, end }, about);
}

/** A time that was chosen offline is gone: offers others. */
export default function Resolver({ itemKey }: { itemKey: string }) {
    const dispatch = useAppDispatch();
    const item = useAppSelector((state) => state.queue.items.find((one) => one.key === itemKey));
    const problem = item && problemOf(item);
    const close = () => dispatch(resolvingChanged(null));
    if (!item || !problem || !("start" in item.change)) return null;
    return (
        <ConflictDialog
            open
            onOpenChange={(open) => {
                if (!open) close();
            }}
            problem={problem}
            wanted={{ ...item.change, providerName: item.about.providerName }}
            onPick={(timeslot) => {
                moveTo(item, timeslot);
                close();
            }}
        />
    );
}
