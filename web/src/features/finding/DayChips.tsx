import { useEffect, useRef } from "react";
import * as ToggleGroup from "radix-ui/toggle-group";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { cn } from "~/lib/cn";
import { addDays, dayParts, longDay } from "~/lib/time";
import { isDay } from "~/lib/wall";
import { t } from "~/text";
import { IconButton } from "~/ui/IconButton";
import { WhenInput } from "~/ui/WhenInput";
import { BLOCK_DAYS, REACH_DAYS, blockOf, daysOfBlock } from "./days";

type Props = {
    today: string;
    day: string | null;
    onDay: (day: string) => void;
    /** How many free timeslots each day has, where that is known. */
    free?: Map<string, number> | undefined;
};

/** Two weeks as chips, further ones by the arrows, any day by the date picker. */
export function DayChips({ today, day, onDay, free }: Props) {
    const first = blockOf(day ?? today, today);
    const row = useRef<HTMLDivElement>(null);
    useEffect(() => {
        const chip = row.current?.querySelector('[data-state="on"]');
        chip?.scrollIntoView({ block: "nearest", inline: "center" });
    }, [day]);
    return (
        <div className="flex flex-col gap-3">
            <div className="flex items-center justify-between gap-2">
                <div className="flex">
                    <IconButton
                        label={t("find.earlierDays")}
                        disabled={first === today}
                        onClick={() => onDay(addDays(first, -BLOCK_DAYS))}
                    >
                        <ChevronLeft aria-hidden size={20} />
                    </IconButton>
                    <IconButton
                        label={t("find.laterDays")}
                        disabled={addDays(first, BLOCK_DAYS) > addDays(today, REACH_DAYS)}
                        onClick={() => onDay(addDays(first, BLOCK_DAYS))}
                    >
                        <ChevronRight aria-hidden size={20} />
                    </IconButton>
                </div>
                <label className="flex items-center gap-2 text-sm font-medium text-muted">
                    {t("find.goToDay")}
                    <WhenInput
                        type="date"
                        className="max-w-44 min-w-44 text-ink"
                        value={day ?? ""}
                        min={today}
                        max={addDays(today, REACH_DAYS)}
                        onChange={({ target }) => {
                            // A half-typed year is a valid date, too.
                            if (target.validity.valid && isDay(target.value)) onDay(target.value);
                        }}
                    />
                </label>
            </div>
            <ToggleGroup.Root
                ref={row}
                type="single"
                aria-label={t("find.day")}
                value={day ?? ""}
                onValueChange={(chosen) => {
                    if (chosen) onDay(chosen);
                }}
                className="-mx-1 flex snap-x gap-2 overflow-x-auto px-1 py-1 sm:grid sm:grid-cols-7 sm:overflow-visible"
            >
                {daysOfBlock(first).map((one) => (
                    <Chip key={one} day={one} free={free && (free.get(one) ?? 0)} />
                ))}
            </ToggleGroup.Root>
        </div>
    );
}

function Chip({ day, free }: { day: string; free: number | undefined }) {
    const { weekday, date, month } = dayParts(day);
    const count = free === undefined ? "" : `, ${t("find.freeCount", { count: free })}`;
    return (
        <ToggleGroup.Item
            value={day}
            aria-label={longDay(`${day}T12:00:00Z`, "UTC") + count}
            className={cn(
                "flex min-w-14 shrink-0 snap-start flex-col items-center rounded-2xl border px-2 py-2 transition-colors",
                "border-line bg-surface hover:border-accent",
                "data-[state=on]:border-accent data-[state=on]:bg-accent data-[state=on]:text-on-accent",
                free === 0 && "border-dashed bg-transparent text-muted",
            )}
        >
            <span className="text-xs font-medium">{weekday}</span>
            <span className="text-lg leading-tight font-bold">{date}</span>
            <span className="text-xs">{month}</span>
        </ToggleGroup.Item>
    );
}
