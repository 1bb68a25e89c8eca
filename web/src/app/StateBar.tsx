import { useEffect, useState } from "react";
import { HardDrive, WifiOff, X } from "lucide-react";
import { NewVersion } from "~/offline/NewVersion";
import { QueueBar } from "~/offline/QueueBar";
import { browserStorage } from "~/lib/storage";
import { useLasting } from "~/lib/useLasting";
import { t } from "~/text";
import { IconButton } from "~/ui/IconButton";
import { useAppDispatch, useAppSelector } from "./store";
import { onlineChanged } from "./uiSlice";

const BEHIND_AFTER_MS = 2500;

/** Says when the view may be out of date (no network, or the live connection is away), what is
 * not booked yet, and that a newer app is ready. */
export function StateBar() {
    const dispatch = useAppDispatch();
    const [isStorageBlocked] = useState(() => !browserStorage.isLasting());
    const [isKnown, setKnown] = useState(false);
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
            {isStorageBlocked && !isKnown && (
                <p className="flex items-center justify-center gap-2 bg-amber-soft py-1 pr-1 pl-4 text-sm font-medium text-amber">
                    <HardDrive aria-hidden size={16} className="shrink-0" />
                    {t("app.storageBlocked")}
                    <IconButton label={t("app.close")} onClick={() => setKnown(true)}>
                        <X aria-hidden size={16} />
                    </IconButton>
                </p>
            )}
            <QueueBar />
            <NewVersion />
        </div>
    );
}
