import { newKey, type Schemas } from "~/api/client";

export type BulkAction = Schemas["BulkRequest"]["action"];
export const BULK_ACTIONS: readonly BulkAction[] = [
    "complete",
    "no_show",
    "set_priority",
    "cancel",
    "delete",
];
export type Priority = NonNullable<Schemas["BulkRequest"]["priority"]>;
export type Order = {
    action: BulkAction;
    priority: Priority;
    reason: string;
    /** A cancel charges the fees; otherwise it waives them. */
    isCharged: boolean;
};
/** Part of an order, sent at once; its key is kept however often that is tried. */
export type Chunk = { ids: string[]; key: string };
/** What became of each: null for done, else the scenario of the refusal. */
export type Results = ReadonlyMap<string, string | null>;

/** Small enough for the progress to move, and for nobody to wait behind it. */
const CHUNK = 20;

export function chunksOf(ids: readonly string[]): Chunk[] {
    const chunks: Chunk[] = [];
    for (let start = 0; start < ids.length; start += CHUNK)
        chunks.push({ ids: ids.slice(start, start + CHUNK), key: newKey() });
    return chunks;
}

/** The results so far with those of another chunk. */
export function withResults(known: Results, answered: Schemas["BulkResult"][]): Results {
    const next = new Map(known);
    for (const { id, status, scenario } of answered)
        next.set(id, status < 300 ? null : (scenario ?? "other"));
    return next;
}

export const done = (results: Results) =>
    [...results].filter(([, scenario]) => scenario === null).map(([id]) => id);
export const failed = (results: Results) =>
    [...results].flatMap(([id, scenario]) => (scenario === null ? [] : [{ id, scenario }]));
