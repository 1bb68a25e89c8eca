import { useEffect, useState } from "react";
import { useAppDispatch } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import { useChannel, useLive } from "~/realtime/LiveProvider";
import type { LiveEvent } from "~/realtime/socket";
import { t } from "~/text/staff";
import type { EditLockKeeper } from "./useEditLock";

export type Asker = { userId: string; name: string };
const nothing = () => undefined;
/** Nobody says no: who has heard nothing for so long may take it that the other goes on. */
const PATIENCE_MS = 30_000;

/** Whether the question that was asked last has gone unanswered. */
function useUnanswered(question: number): boolean {
    const [unanswered, setUnanswered] = useState(0);
    useEffect(() => {
        if (question === 0) return;
        const timer = setTimeout(() => setUnanswered(question), PATIENCE_MS);
        return () => clearTimeout(timer);
    }, [question]);
    return question > 0 && unanswered === question;
}

/**
 * Asking whoever edits to hand over, and being asked. Who has asked gets the edit lock as soon as
 * it is free.
 *
 * @param begin takes the edit lock and opens the form.
 */
export function useControl(
    appointmentId: string,
    userId: string,
    lock: EditLockKeeper,
    begin: () => void,
) {
    const live = useLive();
    const dispatch = useAppDispatch();
    // When the question was asked that waits for an answer, or 0.
    const [question, setQuestion] = useState(0);
    const isUnanswered = useUnanswered(question);
    const [asker, setAsker] = useState<Asker | null>(null);

    const onEvent = (event: LiveEvent) => {
        if (event.type === "takeover-requested" && event.userId !== userId) {
            const { name } = event.userInfo as { name: string };
            setAsker({ userId: event.userId as string, name });
        }
        if (event.type === "lock-released" || event.type === "admin-takeover") setAsker(null);
        if (event.type === "lock-released" && question > 0) {
            setQuestion(0);
            begin();
        }
    };
    useChannel(`appointment.${appointmentId}`, onEvent, nothing);

    const ask = async () => {
        setQuestion(Date.now());
        const answer = await live?.send("request-takeover", { appointmentId });
        if (answer?.ok) return;
        setQuestion(0);
        if (answer?.scenario === "lock_not_found") begin();
        else dispatch(toastShown(t("editLock.askFailed"), "failed"));
    };
    return {
        ask,
        hasAsked: question > 0 && (lock.state.kind === "other" || lock.state.kind === "taken"),
        /** Asked, and the other seems to go on editing. */
        isUnanswered,
        asker: lock.state.kind === "mine" ? asker : null,
        /** The holder keeps editing. */
        decline: () => setAsker(null),
    };
}

export type Control = ReturnType<typeof useControl>;
