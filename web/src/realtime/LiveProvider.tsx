import { createContext, useContext, useEffect, useRef, useState, type ReactNode } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { useAppDispatch } from "~/app/store";
import { connectionChanged } from "~/app/uiSlice";
import { useMe } from "~/features/account/session";
import type { Live, LiveEvent } from "./socket";

/** When what holds the connection could not even be loaded. */
const RETRY_MS = 2000;

const LiveContext = createContext<Live | null>(null);

/** Holds the live connection while somebody is signed in. */
export function LiveProvider({ children }: { children: ReactNode }) {
    const me = useMe();
    const dispatch = useAppDispatch();
    const client = useQueryClient();
    const userId = me?.id;
    const [live, setLive] = useState<Live | null>(null);
    useEffect(() => {
        if (userId === undefined) return;
        let made: Live | null = null;
        let isOver = false;
        let retry: ReturnType<typeof setTimeout> | undefined;
        const onConnection = (isLive: boolean) =>
            dispatch(connectionChanged(isLive ? "live" : "behind"));
        // Is anybody still signed in?
        const onRefused = () => void client.invalidateQueries({ queryKey: ["me"] });
        // Loaded only now: who is not signed in has no use for it. At once, though: what somebody
        // asks of this person is told to who listens, and to nobody later.
        const load = () =>
            void import("./socket").then(
                (module) => {
                    if (isOver) return;
                    made = new module.Live({ onConnection, onRefused });
                    made.connect();
                    setLive(made);
                },
                () => {
                    if (isOver) return;
                    onConnection(false);
                    retry = setTimeout(load, RETRY_MS);
                },
            );
        load();
        return () => {
            isOver = true;
            clearTimeout(retry);
            made?.close();
            setLive(null);
            dispatch(connectionChanged("off"));
        };
    }, [client, dispatch, userId]);
    return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live | null {
    return useContext(LiveContext);
}

/**
 * Calls `onEvent` for each event of a channel, in order and once, and `onReset` when the view has
 * to be fetched again (after the first join too, because the view may be older). No channel: null.
 */
export function useChannel(
    channel: string | null,
    onEvent: (event: LiveEvent) => void,
    onReset: () => void,
): void {
    const live = useLive();
    const latest = useRef({ onEvent, onReset });
    useEffect(() => {
        latest.current = { onEvent, onReset };
    });
    useEffect(() => {
        if (!live || !channel) return;
        return live.listen(channel, {
            onEvent: (event) => latest.current.onEvent(event),
            onReset: () => latest.current.onReset(),
        });
    }, [live, channel]);
}
