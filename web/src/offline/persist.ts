import { createAsyncStoragePersister } from "@tanstack/query-async-storage-persister";
import type { Query } from "@tanstack/react-query";
import {
    removeOldestQuery,
    type PersistQueryClientProviderProps,
} from "@tanstack/react-query-persist-client";
import { queryClient } from "~/app/queryClient";
import type { Role, User } from "~/features/account/session";
import { browserStorage } from "~/lib/storage";
import { LIFETIME_MS } from "./changes";

/** Sign-out removes it (offline/owner.ts). */
const KEY = "holdfast.queries";
/** What stays readable without a network: who one is, the catalogue, ... */
const KEPT = ["me", "providers", "services", "facilities", "availability"];
/** ... and a client's own lists and details. What staff see is about other people, and stays in
 * the page. */
const KEPT_FOR_CLIENTS = ["appointments", "appointment"];

export function isKept(query: Pick<Query, "queryKey" | "state">, role: Role | undefined): boolean {
    const kind = String(query.queryKey[0]);
    if (query.state.status !== "success") return false;
    // That nobody was signed in may have changed since, and would be believed at once.
    if (query.state.data === null) return false;
    return KEPT.includes(kind) || (role === "client" && KEPT_FOR_CLIENTS.includes(kind));
}

export const persistOptions: PersistQueryClientProviderProps["persistOptions"] = {
    persister: createAsyncStoragePersister({
        storage: browserStorage,
        key: KEY,
        // Storage is small: the oldest goes first.
        retry: removeOldestQuery,
    }),
    maxAge: LIFETIME_MS,
    // The file's name carries a hash of the build: another build may keep other shapes.
    buster: new URL(import.meta.url).pathname,
    dehydrateOptions: {
        shouldDehydrateQuery: (query) =>
            isKept(query, queryClient.getQueryData<User | null>(["me"])?.role),
        shouldDehydrateMutation: () => false,
    },
};
