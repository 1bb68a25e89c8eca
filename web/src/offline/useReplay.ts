import { useCallback, useEffect, useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { useAppDispatch, useAppSelector } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import { useMe } from "~/features/account/session";
import { useNow } from "~/lib/useNow";
import { t } from "~/text";
import { isWaiting } from "./changes";
import { refreshQueue } from "./queue";
import { queueToggled, resolvingChanged } from "./queueSlice";
import { replay, type Outcome } from "./replay";
import { onOtherTab } from "./storage";
import { useQueue } from "./useQueue";
import { doneText } from "./words";

/** Sends the queue whenever the server may be reached, and tells what became of each change. */
export function useReplay(): void {
    const client = useQueryClient();
    const dispatch = useAppDispatch();
    const userId = useMe()?.id;
    const { online, connection } = useAppSelector((state) => state.ui);
    const queue = useQueue();
    const [round, setRound] = useState(0);
    const now = useNow(60_000);
    const waiting = queue.filter((item) => isWaiting(item, now)).length;

    useEffect(() => onOtherTab(refreshQueue), []);

    const tell = useCallback(
        (outcome: Outcome) => {
            if (outcome.kind === "done") {
                dispatch(toastShown(doneText(outcome.item, outcome.done)));
                return;
            }
            dispatch(toastShown(t("offline.notDone"), "failed"));
            // What another dialog is about goes first; the bar says that something waits.
            if (document.querySelector('[role="dialog"]')) return;
            if (outcome.problem.alternatives.length > 0)
                dispatch(resolvingChanged(outcome.item.key));
            else dispatch(queueToggled(true));
        },
        [dispatch],
    );

    useEffect(() => {
        if (userId === undefined || !online || waiting === 0) return;
        let timer: number | undefined;
        let isOver = false;
        const next = (seconds: number) => {
            if (!isOver && seconds > 0)
                timer = window.setTimeout(() => setRound((count) => count + 1), seconds * 1000);
        };
        void replay(userId, client, tell).then(next);
        return () => {
            isOver = true;
            window.clearTimeout(timer);
        };
        // The live connection coming back is the first sign of a server that can be reached.
    }, [client, tell, userId, online, connection, waiting, round]);
}
