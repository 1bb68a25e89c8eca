import { useEffect, useRef, useState } from "react";
import { registerSW } from "virtual:pwa-register";
import { Sparkles } from "lucide-react";
import { settled } from "~/app/queryClient";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { useIsOffline } from "./useQueue";

const CHECK_MS = 3600_000;

/** Keeps the app's shell for the time without a network, and says when there is a newer one. */
export function NewVersion() {
    const [isReady, setReady] = useState(false);
    const update = useRef<() => Promise<void>>(null);
    const isOffline = useIsOffline();
    useEffect(() => {
        if (isOffline || update.current) return;
        let isOver = false;
        // It fetches the whole app for later.
        void settled.then(() => {
            if (isOver) return;
            update.current = registerSW({
                onNeedRefresh: () => setReady(true),
                onRegisteredSW: (_, registration) => {
                    if (registration) setInterval(() => void registration.update(), CHECK_MS);
                },
            });
        });
        return () => {
            isOver = true;
        };
    }, [isOffline]);
    const take = () => {
        // The library reloads only a page that was controlled when it was opened, so not the first.
        navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), {
            once: true,
        });
        void update.current?.();
    };
    if (!isReady) return null;
    return (
        <div className="flex flex-wrap items-center justify-center gap-x-3 gap-y-1 bg-accent-soft px-4 py-1.5 text-sm font-medium text-accent">
            <Sparkles aria-hidden size={16} />
            {t("app.newVersion")}
            <Button size="small" look="secondary" onClick={take}>
                {t("app.reload")}
            </Button>
        </div>
    );
}
