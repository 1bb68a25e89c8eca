/** Which rows are selected, and where a range would begin. */
export type Selection = { ids: ReadonlySet<string>; anchor: string | null };

export const NOTHING: Selection = { ids: new Set(), anchor: null };

/** One row selected, or no longer. */
export function toggled({ ids }: Selection, id: string): Selection {
    const next = new Set(ids);
    if (!next.delete(id)) next.add(id);
    return { ids: next, anchor: id };
}

/** Everything from the anchor to this row, added; without an anchor on the list, this row alone. */
export function extended({ ids, anchor }: Selection, id: string, order: string[]): Selection {
    const start = anchor === null ? -1 : order.indexOf(anchor);
    const end = order.indexOf(id);
    const range = start < 0 ? [id] : order.slice(Math.min(start, end), Math.max(start, end) + 1);
    return { ids: new Set([...ids, ...range]), anchor: start < 0 ? id : anchor };
}

export function withAll({ ids, anchor }: Selection, order: string[]): Selection {
    return { ids: new Set([...ids, ...order]), anchor };
}

export function without({ ids, anchor }: Selection, gone: Iterable<string>): Selection {
    const next = new Set(ids);
    for (const id of gone) next.delete(id);
    return { ids: next, anchor };
}
