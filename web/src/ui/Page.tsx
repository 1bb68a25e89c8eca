import type { ReactNode } from "react";
import { cn } from "~/lib/cn";
import { useTitle } from "~/lib/useTitle";

type Props = {
    title: string;
    /** Beside the title: a few buttons. */
    actions?: ReactNode;
    lead?: ReactNode;
    children: ReactNode;
    /** full: the whole window, for a calendar; wide: for tables. */
    width?: "narrow" | "normal" | "wide" | "full";
};

const WIDTHS = { narrow: "max-w-md", normal: "max-w-3xl", wide: "max-w-6xl", full: "max-w-none" };

/** A screen: its title as h1 and in the browser's title, then its content. */
export function Page({ title, actions, lead, children, width = "normal" }: Props) {
    useTitle(title);
    return (
        <div className={cn("mx-auto flex w-full flex-col gap-5 px-4 py-6 sm:px-6", WIDTHS[width])}>
            <div className="flex flex-wrap items-end justify-between gap-3">
                <div>
                    <h1 className="text-2xl font-bold sm:text-3xl">{title}</h1>
                    {lead && <p className="mt-1 text-muted">{lead}</p>}
                </div>
                {actions && <div className="no-print flex flex-wrap gap-2">{actions}</div>}
            </div>
            {children}
        </div>
    );
}

export function Card({ className, children }: { className?: string; children: ReactNode }) {
    return (
        <div
            className={cn("rounded-card border border-line bg-surface p-4 shadow-card", className)}
        >
            {children}
        </div>
    );
}
