import { useRef, type KeyboardEvent } from "react";
import { Link } from "react-router";
import { ContactLinks } from "~/features/appointments/ContactLinks";
import type { Appointment } from "~/features/appointments/queries";
import { cn } from "~/lib/cn";
import { clockRange, clocksDiffer, dayAndClock, shortDay, zoneCity } from "~/lib/time";
import { t } from "~/text/staff";
import { PriorityBadge, StatusBadge } from "~/ui/Badge";
import { failureText } from "./failureText";
import { extended, toggled, type Selection } from "./selection";

type Props = {
    rows: Appointment[];
    selection: Selection;
    onSelect: (selection: Selection) => void;
    /** Why the last bulk action failed on a row, by its id. */
    failures: ReadonlyMap<string, string>;
};

function When({ appointment: { start, end, timezone } }: { appointment: Appointment }) {
    return (
        <div>
            <p className="font-medium">{shortDay(start)}</p>
            <p className="tabular-nums">{clockRange(start, end)}</p>
            {clocksDiffer(start, timezone) && (
                <p className="text-sm text-muted">
                    {`${clockRange(start, end, timezone)} ${zoneCity(timezone)}`}
                </p>
            )}
        </div>
    );
}

/**
 * The rows with their checkboxes. Arrow keys walk from one checkbox to the next, with Shift they
 * select on the way; a click with Shift selects all in between.
 */
export function Rows({ rows, selection, onSelect, failures }: Props) {
    const list = useRef<HTMLUListElement>(null);
    const order = rows.map(({ id }) => id);
    const walk = (event: KeyboardEvent, index: number) => {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        const next = step === undefined ? undefined : rows[index + step];
        const from = rows[index];
        if (!next || !from) return;
        event.preventDefault();
        list.current?.querySelector<HTMLElement>(`[data-row="${next.id}"]`)?.focus();
        if (!event.shiftKey) return;
        const start = selection.anchor === null ? { ...selection, anchor: from.id } : selection;
        onSelect(extended(start, next.id, order));
    };
    return (
        <ul ref={list} aria-label={t("worklist.list")} className="flex flex-col gap-2">
            {rows.map((row, index) => {
                const isSelected = selection.ids.has(row.id);
                const failure = failures.get(row.id);
                return (
                    <li
                        key={row.id}
                        className={cn(
                            "grid grid-cols-[auto_1fr] items-center gap-x-3 gap-y-1 rounded-card border bg-surface p-3 shadow-card md:grid-cols-[auto_9rem_1fr_1fr_auto]",
                            isSelected ? "border-accent" : "border-line",
                        )}
                    >
                        <label className="row-span-3 -m-2 flex size-11 cursor-pointer items-center justify-center self-start md:row-span-1 md:self-center">
                            <input
                                type="checkbox"
                                data-row={row.id}
                                aria-label={t("worklist.select", {
                                    name: row.userName,
                                    time: dayAndClock(row.start),
                                })}
                                checked={isSelected}
                                onChange={(event) => {
                                    const { shiftKey } = event.nativeEvent as MouseEvent;
                                    onSelect(
                                        shiftKey
                                            ? extended(selection, row.id, order)
                                            : toggled(selection, row.id),
                                    );
                                }}
                                onKeyDown={(event) => walk(event, index)}
                                className="size-5 accent-accent"
                            />
                        </label>
                        <When appointment={row} />
                        <div className="min-w-0">
                            <Link
                                to={`/appointments/${row.id}`}
                                className="inline-flex min-h-6 items-center font-semibold wrap-anywhere text-accent underline-offset-4 hover:underline"
                            >
                                {row.userName}
                            </Link>
                            <p className="text-sm wrap-anywhere text-muted">{row.serviceTitle}</p>
                            <ContactLinks client={row.client} />
                        </div>
                        <p className="col-start-2 text-sm wrap-anywhere text-muted md:col-auto md:text-base">
                            {row.providerName}
                        </p>
                        <p className="col-start-2 flex flex-wrap gap-2 md:col-auto md:justify-end">
                            <PriorityBadge priority={row.priority} />
                            <StatusBadge status={row.status} />
                        </p>
                        {failure !== undefined && (
                            <p className="col-span-full col-start-2 font-medium text-red">
                                {failureText(failure)}
                            </p>
                        )}
                    </li>
                );
            })}
        </ul>
    );
}
