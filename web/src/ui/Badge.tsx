import type { ReactNode } from "react";
import { cn } from "~/lib/cn";
import { t, type TextKey } from "~/text";

const TONES = {
    neutral: "bg-sunken text-muted",
    accent: "bg-accent-soft text-accent",
    amber: "bg-amber-soft text-amber",
    red: "bg-red-soft text-red",
    blue: "bg-blue-soft text-blue",
    violet: "bg-violet-soft text-violet",
};
export type Tone = keyof typeof TONES;

export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
    return (
        <span
            className={cn(
                "inline-flex items-center gap-1 rounded-lg px-2 py-0.5 text-sm font-semibold whitespace-nowrap",
                TONES[tone],
            )}
        >
            {children}
        </span>
    );
}

/** One colour per status, of appointments and slots alike, everywhere. */
export const STATUS_TONES: Record<string, Tone> = {
    requested: "amber",
    confirmed: "accent",
    completed: "blue",
    no_show: "red",
    cancelled: "neutral",
    available: "neutral",
    held: "amber",
    booked: "accent",
    blocked: "violet",
};

export function StatusBadge({ status }: { status: string }) {
    return (
        <Badge tone={STATUS_TONES[status] ?? "neutral"}>{t(`status.${status}` as TextKey)}</Badge>
    );
}

/** Nothing for a normal priority: the eye should stop only where it has to. */
export function PriorityBadge({ priority }: { priority: string }) {
    if (priority === "normal") return null;
    return (
        <Badge tone={priority === "urgent" ? "red" : "violet"}>
            {t(`priority.${priority}` as TextKey)}
        </Badge>
    );
}
