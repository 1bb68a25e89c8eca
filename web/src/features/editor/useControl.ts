import { useState } from "react";
import { useAppDispatch } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import { useChannel, useLive } from "~/realtime/LiveProvider";
import type { LiveEvent } from "~/realtime/socket";
import { t } from "~/text";
import type { EditLockKeeper } from "./useEditLock";

export type Asker = { userId: string; name: string };
const nothing = () => undefined;

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
    const [hasAsked, setHasAsked] = useState(false);
    const [asker, setAsker] = useState<Asker | null>(null);

    const onEvent = (event: LiveEvent) => {
        if (event.type === "takeover-requested" && event.userId !== userId) {
            const { name } = event.userInfo as { name: string };
            setAsker({ userId: event.userId as string, name });
        }
        if (event.type === "lock-released" || event.type === "admin-takeover") setAsker(null);
        if (event.type === "lock-released" && hasAsked) {
            setHasAsked(false);
            begin();
        }
    };
    useChannel(`appointment.${appointmentId}`, onEvent, nothing);

    const ask = async () => {
        setHasAsked(true);
        const answer = await live?.send("request-takeover", { appointmentId });
        if (answer?.ok) return;
        setHasAsked(false);
        if (answer?.scenario === "lock_not_found") begin();
        else dispatch(toastShown(t("editLock.askFailed"), "failed"));
    };
    return {
        ask,
        hasAsked: hasAsked && (lock.state.kind === "other" || lock.state.kind === "taken"),
        asker: lock.state.kind === "mine" ? asker : null,
        /** The holder keeps editing. */
        decline: () => setAsker(null),
    };
}

export type Control = ReturnType<typeof useControl>;
