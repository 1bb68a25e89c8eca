import { useState } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, tagged } from "~/api/client";
import { Problem } from "~/api/problem";
import { useAppDispatch } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import {
    APPOINTMENT_LISTS,
    appointmentKey,
    type Appointment,
    type AppointmentWithAudit,
} from "~/features/appointments/queries";
import { t } from "~/text";
import { conflicts, merged, tagOf, unsaved, valuesOf, type Draft, type Values } from "./draft";
import type { DraftKeeper } from "./useDraft";
import type { EditLockKeeper } from "./useEditLock";

type Kept = { value: AppointmentWithAudit; etag: string };
type Submission = { draft: Draft; edits: Partial<Values>; tag: string };
/** A save that was refused because somebody else was faster, and what they made of it. */
export type Conflict = { draft: Draft; theirs: Appointment };

const STALE = new Set(["precondition_failed", "version_conflict"]);

function staleAgainst(error: unknown): Appointment | null {
    if (!(error instanceof Problem) || !STALE.has(error.scenario)) return null;
    return (error.document.currentData as Appointment | undefined) ?? null;
}

/**
 * Saves a draft under the edit lock. When the appointment has another version by now, what does
 * not collide is saved again on top of it; what does is asked, field by field.
 */
export function useSave(appointment: Appointment, drafts: DraftKeeper, lock: EditLockKeeper) {
    const client = useQueryClient();
    const dispatch = useAppDispatch();
    const [conflict, setConflict] = useState<Conflict | null>(null);
    const { id } = appointment;

    const saving = useMutation({
        mutationFn: ({ draft, edits, tag }: Submission) => {
            const { notes, ...rest } = edits;
            return tagged(
                api.PATCH("/api/v1/appointments/{appointment_id}", {
                    params: { path: { appointment_id: id } },
                    headers: { "If-Match": tag },
                    body: {
                        ...rest,
                        ...(notes === undefined ? {} : { notes: notes || null }),
                        reason: draft.reason || null,
                        lockVersion: lock.version,
                    },
                }),
            );
        },
        onSuccess: (saved) => {
            client.setQueryData<Kept>(appointmentKey(id), (old) => ({
                etag: saved.etag,
                // An answer to a write says nothing of how to reach the client.
                value: { ...old?.value, ...saved.value, audit: old?.value.audit ?? [] },
            }));
            void client.invalidateQueries({ queryKey: appointmentKey(id) });
            void client.invalidateQueries({ queryKey: APPOINTMENT_LISTS });
            finish();
        },
        onError: (error, { draft }) => {
            const theirs = staleAgainst(error);
            if (!theirs) return void lock.refused(error);
            void client.invalidateQueries({ queryKey: appointmentKey(id) });
            if (conflicts(draft, valuesOf(theirs)).length > 0) setConflict({ draft, theirs });
            else settle({ draft, theirs }, {});
        },
    });

    const finish = () => {
        drafts.drop();
        dispatch(toastShown(t("app.saved")));
        if (lock.version !== null) lock.release.mutate();
    };
    const submit = (draft: Draft, server: Values, tag: string) => {
        const edits = unsaved(draft, server);
        if (Object.keys(edits).length > 0) saving.mutate({ draft, edits, tag });
        else finish();
    };
    const settle = ({ draft, theirs }: Conflict, settled: Partial<Values>) => {
        const next = merged(draft, valuesOf(theirs), tagOf(theirs), settled);
        setConflict(null);
        drafts.replace(next);
        submit(next, next.began, next.etag);
    };

    return {
        conflict,
        isSaving: saving.isPending,
        error: staleAgainst(saving.error) ? null : saving.error,
        save: () => {
            const { draft } = drafts;
            if (!draft) return;
            const server = valuesOf(appointment);
            // With a field contested the old tag is sent: the server's answer is what is merged.
            const isContested = conflicts(draft, server).length > 0;
            submit(draft, server, isContested ? draft.etag : tagOf(appointment));
        },
        settle: (settled: Partial<Values>) => {
            if (conflict) settle(conflict, settled);
        },
        /** Back to the form with everything that was typed. */
        postpone: () => setConflict(null),
    };
}
