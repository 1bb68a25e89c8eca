import { useAppDispatch, useAppSelector } from "~/app/store";
import { t } from "~/text";
import { Dialog } from "~/ui/Dialog";
import { QueueItem } from "./QueueItem";
import { queueToggled } from "./queueSlice";
import { useQueue } from "./useQueue";

/** Everything that is not booked yet, in the order in which it will be sent. */
export default function QueueDialog() {
    const dispatch = useAppDispatch();
    const isOpen = useAppSelector((state) => state.queue.isOpen);
    const queue = useQueue();
    return (
        <Dialog
            open={isOpen}
            onOpenChange={(open) => dispatch(queueToggled(open))}
            title={t("offline.title")}
            description={queue.length > 0 ? t("offline.text") : t("offline.none")}
        >
            <ol className="flex flex-col gap-3">
                {queue.map((item) => (
                    <QueueItem key={item.key} item={item} />
                ))}
            </ol>
        </Dialog>
    );
}
