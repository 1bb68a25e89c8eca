import {
    Ban,
    CheckCheck,
    CircleCheck,
    CircleDashed,
    CircleQuestionMark,
    Star,
    Timer,
    TriangleAlert,
    UserRoundX,
    type LucideIcon,
} from "lucide-react";
import { cn } from "~/lib/cn";
import { clock, clockRange, countdown } from "~/lib/time";
import { useNow } from "~/lib/useNow";
import { t, type TextKey } from "~/text/staff";
import { slotStatus, type Entry } from "./entries";

/** Colour, edge and sign of each status: none of them has to be read by colour alone. */
const LOOKS: Record<string, { icon: LucideIcon; className: string }> = {
    available: {
        icon: CircleDashed,
        className: "border-dashed border-line-strong bg-surface text-muted",
    },
    held: { icon: Timer, className: "border-amber bg-amber-soft text-amber" },
    blocked: { icon: Ban, className: "border-violet bg-violet-soft text-violet" },
    booked: { icon: CircleCheck, className: "border-accent bg-accent-soft text-accent" },
    confirmed: { icon: CircleCheck, className: "border-accent bg-accent-soft text-accent" },
    requested: {
        icon: CircleQuestionMark,
        className: "border-dashed border-amber bg-amber-soft text-amber",
    },
    completed: { icon: CheckCheck, className: "border-blue bg-blue-soft text-blue" },
    no_show: { icon: UserRoundX, className: "border-red bg-red-soft text-red" },
};

export function entryStatus(entry: Entry, now: number): string {
    if (entry.appointment) return entry.appointment.status;
    return entry.slot ? slotStatus(entry.slot, now) : "available";
}

function Ticking({ until }: { until: string }) {
    const now = useNow();
    const left = (Date.parse(until) - now) / 1000;
    return <>{t("calendar.reservedFor", { time: countdown(left) })}</>;
}

function Priority({ priority }: { priority: string }) {
    if (priority === "normal") return null;
    const isUrgent = priority === "urgent";
    const Icon = isUrgent ? TriangleAlert : Star;
    return (
        <span
            className={cn(
                "inline-flex shrink-0 items-center gap-0.5 rounded px-1 text-[0.6875rem] font-bold",
                isUrgent ? "bg-red-soft text-red" : "bg-violet-soft text-violet",
            )}
        >
            <Icon aria-hidden size={11} />
            <span className="@max-[8.5rem]:sr-only">{t(`priority.${priority}` as TextKey)}</span>
        </span>
    );
}

type Props = {
    entry: Entry;
    now: number;
    /** Room for one line only. */
    isLow: boolean;
    /** The one that Tab reaches; arrows move on from there. */
    isCurrent: boolean;
    isMovable: boolean;
    onOpen: (entry: Entry) => void;
    onFocus: (entry: Entry) => void;
};

/** An entry of the calendar. */
export function EntryButton({ entry, now, isLow, isCurrent, isMovable, onOpen, onFocus }: Props) {
    const status = entryStatus(entry, now);
    const look = LOOKS[status] ?? { icon: CircleDashed, className: "border-line bg-surface" };
    const Icon = look.icon;
    const { appointment, slot } = entry;
    const what =
        status === "held" && slot?.heldUntil ? (
            <Ticking until={slot.heldUntil} />
        ) : (
            (appointment?.userName ?? t(`status.${status}` as TextKey))
        );
    return (
        <button
            type="button"
            data-entry={entry.key}
            tabIndex={isCurrent ? 0 : -1}
            onClick={() => onOpen(entry)}
            onFocus={() => onFocus(entry)}
            className={cn(
                "@container flex h-full w-full flex-col overflow-hidden rounded-lg border px-1.5 py-0.5 text-left text-xs leading-tight",
                isLow && "justify-center",
                "focus-visible:-outline-offset-2",
                appointment && "border-l-4",
                isMovable ? "cursor-grab" : "cursor-pointer",
                look.className,
            )}
        >
            <span className="flex w-full min-w-0 items-center gap-1">
                <Icon aria-hidden size={13} className="shrink-0" />
                <span
                    className={cn(
                        "min-w-0 flex-1 truncate",
                        appointment ? "font-semibold text-ink" : "font-medium",
                    )}
                >
                    {what}
                </span>
                {appointment && <Priority priority={appointment.priority} />}
                {isLow && <span className="shrink-0">{clock(entry.start)}</span>}
            </span>
            <span className={isLow ? "sr-only" : "w-full truncate"}>
                {clockRange(entry.start, entry.end)}
                {appointment && ` · ${appointment.serviceTitle}`}
            </span>
            {appointment && <span className="sr-only">{t(`status.${status}` as TextKey)}</span>}
        </button>
    );
}
