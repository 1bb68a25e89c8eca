import { useEffect } from "react";
import { useQueryClient, type Query } from "@tanstack/react-query";
import { useMe } from "~/features/account/session";

const OWNER = "holdfast.owner";
const PUBLIC = ["me", "providers", "services", "facilities", "availability"];

const isPrivate = (query: Query) => !PUBLIC.includes(String(query.queryKey[0]));

/** What one person saw is not kept for the next, also when the change came in another tab. */
export function useOwner(): void {
    const client = useQueryClient();
    const me = useMe();
    const owner = me === undefined ? undefined : (me?.id ?? "");
    useEffect(() => {
        if (owner === undefined || localStorage.getItem(OWNER) === owner) return;
        localStorage.setItem(OWNER, owner);
        client.removeQueries({ type: "inactive", predicate: isPrivate });
        void client.resetQueries({ type: "active", predicate: isPrivate });
    }, [client, owner]);
    useEffect(() => {
        const listen = (event: StorageEvent) => {
            if (event.key === OWNER) void client.invalidateQueries({ queryKey: ["me"] });
        };
        window.addEventListener("storage", listen);
        return () => window.removeEventListener("storage", listen);
    }, [client]);
}
