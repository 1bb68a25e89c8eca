import { useEffect } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { useMe } from "~/features/account/session";
import { dropTheirs, OWNER, ownerIs } from "./owner";

/** What one person saw is not kept for the next, also when the change came in another tab. */
export function useOwner(): void {
    const client = useQueryClient();
    const me = useMe();
    const owner = me === undefined ? undefined : (me?.id ?? "");
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
