import { columnOf, type Column } from "./columns";
import type { Entry } from "./entries";
import { minutesOfDay } from "~/lib/wall";

export type Arrow = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight";

export function isArrow(key: string): key is Arrow {
    return /^Arrow(Up|Down|Left|Right)$/.test(key);
}

/** Minutes since midnight on the clock that the calendar is drawn by. */
function timeOfDay(entry: Entry): number {
    return minutesOfDay(entry.start);
}

/** The entry that an arrow leads to: up and down in a column, sideways to the nearest time of the
 * next column that has any. */
export function neighbour(
    columns: readonly Column[],
    entries: readonly Entry[],
    from: Entry,
    arrow: Arrow,
): Entry | undefined {
    const own = columnOf(columns, from);
    const inColumn = (index: number) =>
        entries.filter((entry) => columnOf(columns, entry) === index);
    if (arrow === "ArrowUp" || arrow === "ArrowDown") {
        const column = inColumn(own);
        const index = column.findIndex((entry) => entry.key === from.key);
        return column[index + (arrow === "ArrowDown" ? 1 : -1)];
    }
    const step = arrow === "ArrowRight" ? 1 : -1;
    for (let index = own + step; index >= 0 && index < columns.length; index += step) {
        const column = inColumn(index);
        if (column.length === 0) continue;
        const distance = (entry: Entry) => Math.abs(timeOfDay(entry) - timeOfDay(from));
        return column.reduce((best, entry) => (distance(entry) < distance(best) ? entry : best));
    }
    return undefined;
}

/** The entry that Tab reaches first: what is on now or comes next, else the first one. */
export function firstFocus(entries: readonly Entry[], now: number): Entry | undefined {
    return entries.find((entry) => Date.parse(entry.end) > now) ?? entries[0];
}
