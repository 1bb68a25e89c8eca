import { cn } from "~/lib/cn";
import { t } from "~/text";

/** Grey bars where content will be. */
export function Skeleton({ rows = 3, className }: { rows?: number; className?: string }) {
    return (
        <div role="status" className="flex flex-col gap-3">
            <span className="sr-only">{t("app.loading")}</span>
            {Array.from({ length: rows }, (_, row) => (
                <div
                    key={row}
                    aria-hidden
                    className={cn("h-16 animate-pulse rounded-card bg-sunken", className)}
                />
            ))}
        </div>
    );
}
