import { api, asUser, data } from "~/api/client";
import { Problem } from "~/api/problem";
import { browserStorage } from "~/lib/storage";

/**
 * Somebody signed out while the server could not be reached. This browser shows nothing of theirs
 * any more; the server is told before anything else is asked of it.
 */
export const SIGN_OUT_OWED = "holdfast.signingOut";

export function isSignOutOwed(): boolean {
    return browserStorage.getItem(SIGN_OUT_OWED) !== null;
}

export function oweSignOut(userId: string): void {
    browserStorage.setItem(SIGN_OUT_OWED, userId);
}

/** It has been told, or somebody has signed in since, which ended that session, too. */
export function signOutIsSettled(): void {
    browserStorage.removeItem(SIGN_OUT_OWED);
}

/** Ends the session of `userId`, if it is still the one of this browser. @throws Problem */
export async function endSession(userId: string): Promise<void> {
    try {
        await data(api.DELETE("/api/v1/auth/session", { headers: asUser(userId) }));
    } catch (error) {
        // It ended by itself, or it is another person's by now.
        if (!(error instanceof Problem) || error.status !== 401) throw error;
    }
}

/** @returns whether nothing is owed any more */
export async function paySignOut(): Promise<boolean> {
    const userId = browserStorage.getItem(SIGN_OUT_OWED);
    if (userId === null) return true;
    try {
        await endSession(userId);
    } catch {
        return false;
    }
    signOutIsSettled();
    return true;
}
