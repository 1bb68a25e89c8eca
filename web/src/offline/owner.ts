import type { Query, QueryClient } from "@tanstack/react-query";
import { store } from "~/app/store";
import { draftDropped } from "~/features/booking/draftSlice";
import { browserStorage, tabStorage } from "~/lib/storage";
import { SIGN_OUT_OWED } from "./signOutOwed";

/**
 * Whose things lie in this browser. In localStorage: who signed in last and has not signed out; in
 * sessionStorage: whose things this tab holds, so that a tab that slept notices, too.
 */
export const OWNER = "holdfast.owner";
const OURS = "holdfast.";
/** The browser's, whoever uses it; and what each person answers for by themselves: the queue
 * (offline/queue.ts) and the ids by which links are revoked, which open nothing. */
const STAYS = [
    "holdfast.look",
    "holdfast.calendar.shortcuts",
    "holdfast.queue.",
    "holdfast.shares",
    SIGN_OUT_OWED,
];
const PUBLIC = ["me", "providers", "services", "facilities", "availability"];

const isPrivate = (query: Query) => !PUBLIC.includes(String(query.queryKey[0]));

function wipeStorage(): void {
    for (const storage of [browserStorage, tabStorage])
        for (const key of storage.keys())
            if (key.startsWith(OURS) && !STAYS.some((one) => key.startsWith(one)))
                storage.removeItem(key);
}

/** What was seen goes; what is on the screen is asked for again. */
function forgetSeen(client: QueryClient): void {
    client.removeQueries({ type: "inactive", predicate: isPrivate });
    void client.resetQueries({ type: "active", predicate: isPrivate });
}

/** Somebody signs out: nothing of theirs stays, seen or typed, in any tab. */
export function leaveNothing(): void {
    store.dispatch(draftDropped());
    wipeStorage();
    // The other tabs hear of it by this.
    browserStorage.setItem(OWNER, "");
    tabStorage.setItem(OWNER, "");
}

/** The things of whoever used this tab before somebody signed out, or in, elsewhere. */
export function dropTheirs(client: QueryClient): void {
    const now = browserStorage.getItem(OWNER) ?? "";
    const before = tabStorage.getItem(OWNER) ?? "";
    tabStorage.setItem(OWNER, now);
    // What nobody in particular began goes on with whoever signs in.
    if (before === "" || before === now) return;
    store.dispatch(draftDropped());
    wipeStorage();
    browserStorage.setItem(OWNER, now);
    tabStorage.setItem(OWNER, now);
    forgetSeen(client);
}

/** Who is signed in ("" for nobody) became known, or changed. */
export function ownerIs(owner: string, client: QueryClient): void {
    if (owner !== "") browserStorage.setItem(OWNER, owner);
    // A session that ended by itself: what they typed waits in this tab for their return.
    else if (browserStorage.getItem(OWNER)) forgetSeen(client);
    dropTheirs(client);
}
