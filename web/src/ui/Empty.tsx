import type { ReactNode } from "react";

/** What a list says when it has nothing to show, and what to do about it. */
export function Empty({
    title,
    text,
    icon,
    action,
}: {
    title: string;
    text?: string;
    icon?: ReactNode;
    action?: ReactNode;
}) {
    return (
        <div className="flex flex-col items-center gap-2 rounded-card border border-dashed border-line-strong px-6 py-10 text-center">
            {icon && (
                <div aria-hidden className="mb-1 text-muted">
                    {icon}
                </div>
            )}
            <p className="text-lg font-semibold">{title}</p>
            {text && <p className="max-w-prose text-muted">{text}</p>}
            {action && <div className="mt-3">{action}</div>}
        </div>
    );
}
