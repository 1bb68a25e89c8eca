import { Timer } from "lucide-react";
import { cn } from "~/lib/cn";
import { countdown } from "~/lib/time";
import { t } from "~/text";

/** Reserved for 01:59; said aloud only when it gets short. */
export function Countdown({ secondsLeft }: { secondsLeft: number }) {
    const isShort = secondsLeft <= 20;
    return (
        <div>
            <p
                role="timer"
                className={cn(
                    "flex items-center gap-2 rounded-xl px-4 py-3 font-semibold tabular-nums",
                    isShort ? "bg-amber-soft text-amber" : "bg-accent-soft text-accent",
                )}
            >
                <Timer aria-hidden size={20} />
                {t("rescheduleDialog.reservedFor", { time: countdown(secondsLeft) })}
            </p>
            <p role="status" className="sr-only">
                {isShort
                    ? t("rescheduleDialog.secondsLeft")
                    : secondsLeft <= 60
                      ? t("rescheduleDialog.minuteLeft")
                      : ""}
            </p>
        </div>
    );
}
