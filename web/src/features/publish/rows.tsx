import type { ReactNode } from "react";
import { Trash2 } from "lucide-react";
import { cn } from "~/lib/cn";
import { clock } from "~/lib/time";
import { t } from "~/text/staff";
import { inputClass } from "~/ui/Field";
import { IconButton } from "~/ui/IconButton";
import { WhenInput } from "~/ui/WhenInput";
import { isOvernight, type Fault } from "./schedule";

// Without the platform's sign for a picker there is room for both on a phone; it opens anyway.
const TIME = "max-w-26 [&_::-webkit-calendar-picker-indicator]:hidden";

type Times = { start: string; end: string };

/** From and to, side by side. */
export function TimeRange({
    label,
    value,
    onChange,
}: {
    label: string;
    value: Times;
    onChange: (change: Partial<Times>) => void;
}) {
    return (
        <div className="flex flex-wrap items-center gap-1.5">
            <WhenInput
                type="time"
                aria-label={`${label}: ${t("publish.from")}`}
                className={TIME}
                value={value.start}
                onChange={(event) => onChange({ start: event.target.value })}
            />
            <span aria-hidden>–</span>
            <WhenInput
                type="time"
                aria-label={`${label}: ${t("publish.to")}`}
                className={TIME}
                value={value.end}
                onChange={(event) => onChange({ end: event.target.value })}
            />
            {isOvernight(value) && (
                <span className="text-sm text-muted">
                    {t("publish.nextDay", {
                        time: clock(`2000-01-01T${value.end}:00Z`, "UTC"),
                    })}
                </span>
            )}
        </div>
    );
}

/** A choice by name, without a label to see. */
export function Choose({
    label,
    value,
    onChange,
    options,
    none,
}: {
    label: string;
    value: string;
    onChange: (id: string) => void;
    options: readonly { id: string; name: string }[];
    /** What the choice of nothing is called, where there is one. */
    none?: string;
}) {
    return (
        <select
            aria-label={label}
            className={cn(inputClass, "max-w-56")}
            value={value}
            onChange={(event) => onChange(event.target.value)}
        >
            {none && <option value="">{none}</option>}
            {options.map(({ id, name }) => (
                <option key={id} value={id}>
                    {name}
                </option>
            ))}
        </select>
    );
}

/** A row that can be taken away, with what is wrong with it. */
export function EditorRow({
    removeLabel,
    onRemove,
    fault,
    children,
}: {
    removeLabel: string;
    onRemove: () => void;
    fault: Fault | undefined;
    children: ReactNode;
}) {
    return (
        <li className="flex flex-col gap-1">
            <div className="flex flex-wrap items-center gap-2">
                {children}
                <IconButton label={removeLabel} onClick={onRemove}>
                    <Trash2 aria-hidden size={18} />
                </IconButton>
            </div>
            {fault && (
                <p role="alert" className="text-sm font-medium text-red">
                    {t(`publish.fault.${fault}`)}
                </p>
            )}
        </li>
    );
}
