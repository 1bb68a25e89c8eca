import { CloudUpload } from "lucide-react";
import { useAppDispatch } from "~/app/store";
import { useNow } from "~/lib/useNow";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { isWaiting } from "./changes";
import { queueToggled } from "./queueSlice";
import { useLeftWaiting, useQueue } from "./useQueue";

const barClass =
    "flex flex-wrap items-center justify-center gap-x-3 gap-y-1 bg-blue-soft px-4 py-1.5 " +
    "text-sm font-medium text-blue";

/** Says on every screen that something is not booked yet, and opens the list of it. */
export function QueueBar() {
    const dispatch = useAppDispatch();
    const queue = useQueue();
    const now = useNow(60_000);
    const stopped = queue.filter((item) => !isWaiting(item, now)).length;
    const left = useLeftWaiting();
    if (left > 0)
        return (
            <p className={barClass}>
                <CloudUpload aria-hidden size={16} />
                {t("offline.left", { count: left })}
            </p>
        );
    if (queue.length === 0) return null;
    return (
        <div className={barClass}>
            <CloudUpload aria-hidden size={16} />
            {stopped > 0
                ? t("offline.attention", { count: stopped })
                : t("offline.bar", { count: queue.length })}
            <Button size="small" look="secondary" onClick={() => dispatch(queueToggled(true))}>
                {t("offline.show")}
            </Button>
        </div>
    );
}
