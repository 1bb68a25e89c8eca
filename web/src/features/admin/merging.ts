import { useState } from "react";
import { useMutation } from "@tanstack/react-query";
import { Problem } from "~/api/problem";

export type Fields = Record<string, unknown>;
export type Versioned = { id: string; version: number };

const STALE = new Set(["precondition_failed", "version_conflict"]);
const MOST_TRIES = 3;

/** The members of objects in one order, whoever wrote them. */
function sorted(_: string, value: unknown): unknown {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function same(one: unknown, other: unknown): boolean {
    return JSON.stringify(one ?? null, sorted) === JSON.stringify(other ?? null, sorted);
}

/** The fields that a person changed, with what they said last. */
export function patchOf(began: Fields, now: Fields): Fields {
    return Object.fromEntries(
        Object.entries(now).filter(([field, value]) => !same(began[field], value)),
    );
}

/** The changed fields that somebody else changed too, to something else. */
export function conflictsOf(began: Fields, patch: Fields, theirs: Fields): string[] {
    return Object.keys(patch).filter(
        (field) => !same(theirs[field], began[field]) && !same(theirs[field], patch[field]),
    );
}

/** What somebody else saved meanwhile, where it contradicts what is to be saved. */
export type Conflict<R> = { theirs: R; patch: Fields; fields: string[] };

class Contradicted extends Error {
    constructor(readonly conflict: Conflict<unknown>) {
        super("contradicted");
    }
}

type Options<R extends Versioned> = {
    /** What a person sees of a row, as the fields that a change names. */
    fieldsOf: (row: R) => Fields;
    change: (row: R, patch: Fields, version: number) => Promise<R>;
    onSaved: (row: R) => void;
};

/**
 * Saves a change of a row under If-Match. When somebody was quicker, their changes of other fields
 * stay and the save goes on; of the same fields, a person decides (`conflict`, then `settle`).
 */
export function useMergingSave<R extends Versioned>({ fieldsOf, change, onSaved }: Options<R>) {
    const [conflict, setConflict] = useState<Conflict<R> | null>(null);
    const mutation = useMutation({
        mutationFn: async ({ row, patch }: { row: R; patch: Fields }): Promise<R> => {
            let known = row;
            for (let tries = 1; ; tries++) {
                try {
                    return await change(row, patch, known.version);
                } catch (error) {
                    if (!(error instanceof Problem) || !STALE.has(error.scenario)) throw error;
                    if (tries === MOST_TRIES) throw error;
                    const theirs = error.document.currentData as R;
                    const fields = conflictsOf(fieldsOf(row), patch, fieldsOf(theirs));
                    if (fields.length > 0) throw new Contradicted({ theirs, patch, fields });
                    known = theirs;
                }
            }
        },
        onSuccess: (row) => {
            setConflict(null);
            onSaved(row);
        },
        onError: (error) => {
            if (error instanceof Contradicted) setConflict(error.conflict as Conflict<R>);
        },
    });
    const save = (row: R, patch: Fields) => mutation.mutate({ row, patch });
    /** Goes on with the fields that shall be as they were to be saved; the others stay theirs. */
    const settle = (kept: string[]) => {
        if (!conflict) return;
        const { theirs, patch, fields } = conflict;
        const left = Object.entries(patch).filter(
            ([field]) => !fields.includes(field) || kept.includes(field),
        );
        setConflict(null);
        if (left.length > 0) save(theirs, Object.fromEntries(left));
        else onSaved(theirs);
    };
    return {
        save,
        settle,
        conflict,
        forget: () => setConflict(null),
        isPending: mutation.isPending,
        error: mutation.error instanceof Contradicted ? null : mutation.error,
    };
}
