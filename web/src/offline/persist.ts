import { createSyncStoragePersister } from "@tanstack/query-sync-storage-persister";
import type { Query } from "@tanstack/react-query";
import {
    removeOldestQuery,
    type PersistQueryClientProviderProps,
} from "@tanstack/react-query-persist-client";
import { LIFETIME_MS } from "./changes";

/** Sign-out removes it (features/account/session.ts). */
const KEY = "holdfast.queries";
/** What stays readable without a network: lists, details, the catalogue, who one is. */
const KEPT = [
    "me",
    "appointments",
    "appointment",
    "providers",
    "services",
    "facilities",
    "availability",
];

export function isKept(query: Pick<Query, "queryKey" | "state">): boolean {
    return query.state.status === "success" && KEPT.includes(String(query.queryKey[0]));
}

export const persistOptions: PersistQueryClientProviderProps["persistOptions"] = {
    // The asynchronous one that is recommended instead would draw the first screen before what was
    // kept is there.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    persister: createSyncStoragePersister({
        storage: window.localStorage,
        key: KEY,
        // Storage is small: the oldest goes first.
        retry: removeOldestQuery,
    }),
    maxAge: LIFETIME_MS,
    // The file's name carries a hash of the build: another build may keep other shapes.
    buster: new URL(import.meta.url).pathname,
    dehydrateOptions: {
        shouldDehydrateQuery: isKept,
        shouldDehydrateMutation: () => false,
    },
};
