import type { Appointment } from "~/features/appointments/queries";

/** What staff may edit of an appointment, as the form holds it. */
export type Values = { notes: string; priority: Appointment["priority"]; serviceId: string };
export type FieldName = keyof Values;
export const FIELDS: readonly FieldName[] = ["priority", "serviceId", "notes"];

/**
 * What somebody has typed and not saved yet. It is kept apart from what the server says, so that
 * news from the server never overwrites it.
 */
export type Draft = {
    /** What the fields said when editing began, or when the last conflict was settled. */
    began: Values;
    /** The tag of that version: saving with it is refused when somebody else was faster. */
    etag: string;
    /** The fields that were touched, with what they should say. */
    edits: Partial<Values>;
    reason: string;
};

/** The strong tag of the version that is shown (SPEC 4.7). */
export function tagOf(appointment: Appointment): string {
    return `"${appointment.version}"`;
}

export function valuesOf(appointment: Appointment): Values {
    const { notes, priority, serviceId } = appointment;
    return { notes: notes ?? "", priority, serviceId };
}

export function newDraft(server: Values, etag: string): Draft {
    return { began: server, etag, edits: {}, reason: "" };
}

/** What the form shows: untouched fields follow the server at once. */
export function shownValues(draft: Draft, server: Values): Values {
    return { ...server, ...draft.edits };
}

/** The draft after a field was changed; back to what it said before is no edit. */
export function withEdit<F extends FieldName>(draft: Draft, field: F, value: Values[F]): Draft {
    const edits: Partial<Values> = { ...draft.edits, [field]: value };
    if (value === draft.began[field]) Reflect.deleteProperty(edits, field);
    return { ...draft, edits };
}

export function isDirty(draft: Draft | null): draft is Draft {
    return draft !== null && (Object.keys(draft.edits).length > 0 || draft.reason !== "");
}

/** Fields that both sides have changed, to different values. */
export function conflicts(draft: Draft, server: Values): FieldName[] {
    return FIELDS.filter(
        (field) =>
            field in draft.edits &&
            server[field] !== draft.began[field] &&
            server[field] !== draft.edits[field],
    );
}

/** Fields that somebody else has changed and that are untouched here. */
export function updatedByOthers(draft: Draft, server: Values): FieldName[] {
    return FIELDS.filter(
        (field) => !(field in draft.edits) && server[field] !== draft.began[field],
    );
}

/** What saving has to send: the edits that differ from what the server has. */
export function unsaved(draft: Draft, server: Values): Partial<Values> {
    const edits: Partial<Values> = { ...draft.edits };
    for (const field of FIELDS)
        if (edits[field] === server[field]) Reflect.deleteProperty(edits, field);
    return edits;
}

/**
 * The draft after a conflict was settled field by field: it now rests on `theirs`.
 *
 * @param settled what each contested field shall say.
 */
export function merged(
    draft: Draft,
    theirs: Values,
    etag: string,
    settled: Partial<Values>,
): Draft {
    const wanted: Draft = {
        began: theirs,
        etag,
        edits: { ...draft.edits, ...settled },
        reason: draft.reason,
    };
    return { ...wanted, edits: unsaved(wanted, theirs) };
}

/** Two texts as one, for who wants to lose neither. */
export function bothTexts(theirs: string, yours: string): string {
    return [theirs, yours].filter(Boolean).join("\n\n");
}
