import { useEffect } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { useMe } from "~/features/account/session";
import { useAppSelector } from "~/app/store";
import { dropTheirs, OWNER, ownerIs } from "./owner";
import { isSignOutOwed } from "./signOutOwed";

const AGAIN_MS = 5000;

/** Tells the server that somebody has signed out, as soon as it can be reached. */
function usePaySignOut(owner: string | undefined): void {
    const client = useQueryClient();
    const { online, connection } = useAppSelector((state) => state.ui);
    useEffect(() => {
        if (!online) return;
        // Asking who is signed in tells it first.
        const tell = () => {
            if (isSignOutOwed()) void client.invalidateQueries({ queryKey: ["me"] });
            else clearInterval(timer);
        };
        const timer = setInterval(tell, AGAIN_MS);
        tell();
        return () => clearInterval(timer);
    }, [client, online, connection, owner]);
}

/** What one person saw is not kept for the next, also when the change came in another tab. */
export function useOwner(): void {
    const client = useQueryClient();
    const me = useMe();
    const owner = me === undefined ? undefined : (me?.id ?? "");
    usePaySignOut(owner);
    useEffect(() => {
        if (owner !== undefined) ownerIs(owner, client);
    }, [client, owner]);
    useEffect(() => {
        const listen = (event: StorageEvent) => {
            if (event.key !== OWNER) return;
            dropTheirs(client);
            void client.invalidateQueries({ queryKey: ["me"] });
        };
        window.addEventListener("storage", listen);
        return () => window.removeEventListener("storage", listen);
    }, [client]);
}
