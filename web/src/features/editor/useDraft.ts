import { useEffect, useState } from "react";
import { isDirty, newDraft, withEdit, type Draft, type FieldName, type Values } from "./draft";
import { keepDraft, keptDraft } from "./draftStore";

/** One person's unsaved edits of one appointment. */
export type DraftKeeper = {
    draft: Draft | null;
    /** Goes on with what was kept, or starts from what the server says. */
    begin: (server: Values, etag: string) => void;
    edit: <F extends FieldName>(field: F, value: Values[F]) => void;
    explain: (reason: string) => void;
    replace: (draft: Draft) => void;
    drop: () => void;
};

export function useDraft(userId: string, appointmentId: string): DraftKeeper {
    const [draft, setDraft] = useState(() => keptDraft(userId, appointmentId));
    const keep = (next: Draft | null) => {
        setDraft(next);
        keepDraft(userId, appointmentId, isDirty(next) ? next : null);
    };
    const dirty = isDirty(draft);
    useEffect(() => {
        if (!dirty) return;
        const ask = (event: BeforeUnloadEvent) => event.preventDefault();
        window.addEventListener("beforeunload", ask);
        return () => window.removeEventListener("beforeunload", ask);
    }, [dirty]);
    return {
        draft,
        begin: (server, etag) => {
            if (!isDirty(draft)) keep(newDraft(server, etag));
        },
        edit: (field, value) => {
            if (draft) keep(withEdit(draft, field, value));
        },
        explain: (reason) => {
            if (draft) keep({ ...draft, reason });
        },
        replace: keep,
        drop: () => keep(null),
    };
}
