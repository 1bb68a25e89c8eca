import { useEffect, useState } from "react";
import type { Schemas } from "~/api/client";
import { Problem } from "~/api/problem";
import { useToast } from "~/app/useToast";
import { useUser } from "~/features/account/session";
import { t } from "~/text/staff";
import type { Conflicts } from "./Conflicts";
import { isChanged, keepWork, keptWork, type Work } from "./draftStore";
import { useAskSchedule, usePutSchedule } from "./queries";
import { draftOf, type Draft, type Schedule } from "./schedule";

/** What somebody else saved meanwhile. */
type Theirs = { draft: Draft; etag: string };
/** What saving a draft over the version of `etag` would do. */
type Question = { effect: Schemas["ScheduleEffect"]; draft: Draft; etag: string | null };

function theirsOf(error: unknown): Theirs | null {
    if (!(error instanceof Problem) || error.status !== 412) return null;
    const { currentData, currentVersion } = error.document as {
        currentData: Schedule;
        currentVersion: number;
    };
    return { draft: draftOf(currentData), etag: `"${currentVersion}"` };
}

/** The draft of a provider's schedule, and how it is saved: asked first, when that takes anything
 * out of the calendar or leaves anything outside the hours. */
export function useScheduleWork(providerId: string, saved: Draft, savedEtag: string | null) {
    const me = useUser();
    const [work, setWork] = useState<Work>(
        () => keptWork(me.id, providerId) ?? { base: saved, etag: savedEtag, draft: saved },
    );
    const [theirs, setTheirs] = useState<Theirs | null>(null);
    const [question, setQuestion] = useState<Question | null>(null);
    const [outside, setOutside] = useState<Conflicts | null>(null);
    const ask = useAskSchedule(providerId);
    const put = usePutSchedule(providerId);
    const toast = useToast();
    useEffect(() => keepWork(me.id, providerId, work), [me.id, providerId, work]);

    const setDraft = (draft: Draft) => setWork({ ...work, draft });
    /** Back to what is saved now: somebody else may have, since this was begun. */
    const discard = () =>
        setWork(
            savedEtag === null
                ? { ...work, draft: work.base }
                : { base: saved, etag: savedEtag, draft: saved },
        );
    const refused = (error: unknown) => {
        setQuestion(null);
        setTheirs(theirsOf(error));
    };
    const save = (draft: Draft, etag: string | null) =>
        put.mutate(
            { draft, etag },
            {
                onSuccess: ({ value, etag: next }) => {
                    const now = draftOf(value);
                    setWork({ base: now, etag: next, draft: now });
                    setQuestion(null);
                    setOutside(value.conflicts.length > 0 ? value : null);
                    toast.done(t("publish.saved"));
                },
                onError: refused,
            },
        );
    /** Saves it at once where it only adds; else after a question. */
    const trySave = (draft: Draft, etag: string | null) => {
        setDraft(draft);
        setTheirs(null);
        setOutside(null);
        put.reset();
        // The first schedule was begun here, and somebody else put one meanwhile.
        if (etag === null && savedEtag !== null) {
            setTheirs({ draft: saved, etag: savedEtag });
            return;
        }
        ask.mutate(
            { draft, etag },
            {
                onSuccess: (effect) => {
                    if (effect.withdraws === 0 && effect.conflicts.length === 0) save(draft, etag);
                    else setQuestion({ effect, draft, etag });
                },
                onError: refused,
            },
        );
    };
    const error = ask.error ?? put.error;
    return {
        ...work,
        isChanged: isChanged(work),
        isBusy: ask.isPending || put.isPending,
        error: theirsOf(error) ? null : error,
        theirs,
        forgetTheirs: () => setTheirs(null),
        question,
        forgetQuestion: () => setQuestion(null),
        outside,
        setDraft,
        discard,
        save,
        trySave,
    };
}
