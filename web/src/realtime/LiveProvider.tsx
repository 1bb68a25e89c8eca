import { createContext, useContext, useEffect, useMemo, useRef, type ReactNode } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { useAppDispatch } from "~/app/store";
import { connectionChanged } from "~/app/uiSlice";
import { useMe } from "~/features/account/session";
import { Live, type LiveEvent } from "./socket";

const LiveContext = createContext<Live | null>(null);

/** Holds the live connection while somebody is signed in. */
export function LiveProvider({ children }: { children: ReactNode }) {
    const me = useMe();
    const dispatch = useAppDispatch();
    const client = useQueryClient();
    const userId = me?.id;
    const live = useMemo(
        () =>
            userId === undefined
                ? null
                : new Live({
                      onConnection: (isLive) =>
                          dispatch(connectionChanged(isLive ? "live" : "behind")),
                      // Is anybody still signed in?
                      onRefused: () => void client.invalidateQueries({ queryKey: ["me"] }),
                  }),
        [client, dispatch, userId],
    );
    useEffect(() => {
        live?.connect();
        return () => {
            live?.close();
            dispatch(connectionChanged("off"));
        };
    }, [live, dispatch]);
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
