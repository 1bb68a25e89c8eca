import { useRef, type KeyboardEvent } from "react";
import { Link } from "react-router";
import { extended, toggled, type Selection } from "~/features/worklist/selection";
import { cn } from "~/lib/cn";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/steering";
import { ChannelIcon } from "./ChannelIcon";
import { StateBadge } from "./StateBadge";
import { channelName, purposeName, type Delivery } from "./words";

type Props = {
    rows: Delivery[];
    selection: Selection;
    onSelect: (selection: Selection) => void;
};

/**
 * Deliveries with their checkboxes. Arrow keys walk from one to the next, with Shift they select on
 * the way; a click with Shift selects all in between.
 */
export function Rows({ rows, selection, onSelect }: Props) {
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
        <ul ref={list} aria-label={t("deliveries.list")} className="flex flex-col gap-2">
            {rows.map((row, index) => {
                const what = purposeName(row.purpose);
                const to = row.address ?? t("deliveries.noAddress");
                const isSelected = selection.ids.has(row.id);
                return (
                    <li
                        key={row.id}
                        className={cn(
                            "grid grid-cols-[auto_1fr] items-center gap-x-3 gap-y-1 rounded-card border bg-surface p-3 shadow-card",
                            "md:grid-cols-[auto_1fr_1fr_8.5rem_13rem]",
                            isSelected ? "border-accent" : "border-line",
                        )}
                    >
                        <label className="row-span-4 -m-2 flex size-11 cursor-pointer items-center justify-center self-start md:row-span-1 md:self-center">
                            <input
                                type="checkbox"
                                data-row={row.id}
                                aria-label={t("deliveries.select", { what, to })}
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
                        <div className="flex min-w-0 items-start gap-2">
                            <span className="mt-0.5">
                                <ChannelIcon channel={row.channel} />
                            </span>
                            <div className="min-w-0">
                                <Link
                                    to={`/admin/deliveries/${row.id}`}
                                    aria-label={t("deliveries.open", { what, to })}
                                    className="inline-flex min-h-6 items-center font-semibold text-accent underline-offset-4 hover:underline"
                                >
                                    {what}
                                </Link>
                                <p className="text-sm text-muted">{channelName(row.channel)}</p>
                            </div>
                        </div>
                        <p className="col-start-2 text-sm wrap-anywhere md:col-auto md:text-base">
                            {to}
                        </p>
                        <p className="col-start-2 text-sm text-muted tabular-nums md:col-auto">
                            <time dateTime={row.createdAt}>{dayAndClock(row.createdAt)}</time>
                            {row.attempts.length > 0 && (
                                <span className="md:block">
                                    <span className="md:hidden"> · </span>
                                    {t("deliveries.attempts", { count: row.attempts.length })}
                                </span>
                            )}
                        </p>
                        <p className="col-start-2 md:col-auto">
                            <StateBadge delivery={row} />
                        </p>
                    </li>
                );
            })}
        </ul>
    );
}
