import { useEffect } from "react";
import { WifiOff } from "lucide-react";
import { NewVersion } from "~/offline/NewVersion";
import { QueueBar } from "~/offline/QueueBar";
import { useLasting } from "~/lib/useLasting";
import { t } from "~/text";
import { useAppDispatch, useAppSelector } from "./store";
import { onlineChanged } from "./uiSlice";

const BEHIND_AFTER_MS = 2500;

/** Says when the view may be out of date (no network, or the live connection is away), what is
 * not booked yet, and that a newer app is ready. */
export function StateBar() {
    const dispatch = useAppDispatch();
    const { online, connection } = useAppSelector((state) => state.ui);
    useEffect(() => {
        const update = () => dispatch(onlineChanged(navigator.onLine));
        window.addEventListener("online", update);
        window.addEventListener("offline", update);
        return () => {
            window.removeEventListener("online", update);
            window.removeEventListener("offline", update);
        };
    }, [dispatch]);
    // A page that was just opened, or a network that blinked, is not worth a bar.
    const isBehind = useLasting(connection === "behind", BEHIND_AFTER_MS);
    const text = !online ? t("app.offline") : isBehind ? t("app.behind") : null;
    return (
        <div role="status" className="no-print">
            {text && (
                <p className="flex items-center justify-center gap-2 bg-amber-soft px-4 py-2 text-sm font-medium text-amber">
                    <WifiOff aria-hidden size={16} />
                    {text}
                </p>
            )}
            <QueueBar />
            <NewVersion />
        </div>
    );
}
