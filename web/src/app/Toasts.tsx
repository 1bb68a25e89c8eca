import { useEffect } from "react";
import { CircleAlert, CircleCheck } from "lucide-react";
import { cn } from "~/lib/cn";
import { useAppDispatch, useAppSelector } from "./store";
import { toastGone, type Toast } from "./uiSlice";

const SHOWN_MS = 6000;

function ToastCard({ toast }: { toast: Toast }) {
    const dispatch = useAppDispatch();
    useEffect(() => {
        const timer = setTimeout(() => dispatch(toastGone(toast.id)), SHOWN_MS);
        return () => clearTimeout(timer);
    }, [dispatch, toast.id]);
    const failed = toast.tone === "failed";
    const Icon = failed ? CircleAlert : CircleCheck;
    return (
        <div
            className={cn(
                "flex items-center gap-3 rounded-xl border px-4 py-3 font-medium shadow-card",
                failed ? "border-red bg-red-soft text-red" : "border-line bg-surface text-ink",
            )}
        >
            <Icon aria-hidden size={20} className={failed ? "" : "text-accent"} />
            {toast.text}
        </div>
    );
}

/** Short news at the lower edge; read out as they come, gone by themselves. */
export function Toasts() {
    const toasts = useAppSelector((state) => state.ui.toasts);
    return (
        <div
            role="status"
            aria-live="polite"
            className="pointer-events-none fixed inset-x-0 bottom-20 z-[60] flex flex-col items-center gap-2 px-4 md:bottom-6"
        >
            {toasts.map((toast) => (
                <ToastCard key={toast.id} toast={toast} />
            ))}
        </div>
    );
}
