import { createContext, useContext } from "react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { actFor, api, data, type Schemas } from "~/api/client";
import { Problem } from "~/api/problem";
import { browserStorage, PUSH_KEPT } from "~/lib/storage";
import { chooseZone } from "~/lib/time";
import { leaveNothing, OWNER } from "~/offline/owner";
import { discardAllOf } from "~/offline/queue";
import { whenNothingIsSent } from "~/offline/replay";
import {
    endSession,
    isSignOutOwed,
    oweSignOut,
    paySignOut,
    signOutIsSettled,
} from "~/offline/signOutOwed";
import { t } from "~/text";

export type User = Schemas["User"];
export type Role = User["role"];

const ME = ["me"] as const;
const PERSISTED = "holdfast.queries";

async function fetchMe(): Promise<User | null> {
    if (isSignOutOwed() && !(await paySignOut())) return null;
    return (await data(api.GET("/api/v1/auth/session"))).user;
}

/** Who is signed in; null for nobody, undefined while that is not known yet. */
export function useMe(): User | null | undefined {
    const { data: known, isError } = useQuery({
        queryKey: ME,
        queryFn: fetchMe,
        staleTime: 5 * 60_000,
    });
    // Without an answer, and with nobody kept from before, the screens for everybody are shown.
    const me = isError && known === undefined ? null : known;
    // While rendering, so that nothing below is drawn in another zone first; it may be done again.
    chooseZone(me?.timezone ?? null);
    actFor(me?.id ?? null);
    return me;
}

/** While it is not known yet who is signed in: whether somebody was here and has not signed out. */
export function isSomebodyExpected(): boolean {
    return Boolean(browserStorage.getItem(OWNER));
}

/** Whether to show what visitors see; as long as nobody is expected, from the first paint on. */
export function useIsVisitor(): boolean {
    const me = useMe();
    return me === null || (me === undefined && !isSomebodyExpected());
}

/**
 * Whose window it is, for all below the frame. From above and not from the query: when somebody
 * signs out, a screen would hear of it before the frame takes it away.
 */
export const UserContext = createContext<User | null>(null);

/** The one who is signed in; for screens that only they can reach. */
export function useUser(): User {
    const me = useContext(UserContext);
    if (!me) throw new Error("nobody is signed in");
    return me;
}

export function isStaff(user: User | null | undefined): boolean {
    return user?.role === "operator" || user?.role === "admin";
}

/** Forgets all that the last person saw. */
function useForget(): (user: User | null) => void {
    const client = useQueryClient();
    return (user) => {
        // All but who it is: what listens to that is told instead of being left behind.
        client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== ME[0] });
        client.getMutationCache().clear();
        browserStorage.removeItem(PERSISTED);
        client.setQueryData(ME, user);
    };
}

/**
 * Signs in by a cookie. A browser that blocks them takes the answer and forgets it, so it is asked
 * for once more.
 * @throws Problem
 */
async function startSession(body: Schemas["Credentials"]): Promise<User> {
    const { user } = await data(api.POST("/api/v1/auth/session", { body }));
    signOutIsSettled();
    if ((await fetchMe())?.id === user.id) return user;
    throw new Problem(0, { scenario: "cookies_blocked", detail: t("signIn.noCookies") });
}

export function useSignIn() {
    const forget = useForget();
    return useMutation({
        mutationFn: startSession,
        onSuccess: forget,
    });
}

export function useSignOut() {
    const forget = useForget();
    const client = useQueryClient();
    return useMutation({
        mutationFn: async (): Promise<"ended" | "owed"> => {
            const me = client.getQueryData<User | null>(ME);
            if (!me) return "ended";
            // First of all: what is under way to the server may end, and nothing else begins.
            discardAllOf(me.id);
            await whenNothingIsSent();
            discardAllOf(me.id);
            await leavePushHere(me.id);
            try {
                await endSession(me.id);
                return "ended";
            } catch {
                oweSignOut(me.id);
                return "owed";
            }
        },
        onSuccess: () => {
            forget(null);
            leaveNothing();
        },
    });
}

/** Messages to who leaves must not show on a browser that others use. It keeps nobody from leaving. */
async function leavePushHere(userId: string): Promise<void> {
    if (!browserStorage.getItem(PUSH_KEPT)) return;
    try {
        const { leavePush } = await import("~/features/settings/push");
        await leavePush(userId);
    } catch {
        // Offline, and the file is not there: the next person who turns messages on takes over.
    }
}

/** Opens an account and signs in with it. */
export function useSignUp() {
    const forget = useForget();
    return useMutation({
        mutationFn: async (body: Schemas["SignUp"]) => {
            await data(api.POST("/api/v1/auth/signup", { body }));
            const { email, password } = body;
            return startSession({ email, password });
        },
        onSuccess: forget,
    });
}

/** Changes what users may change of themselves; refused when it was changed elsewhere meanwhile. */
export function useChangeMe() {
    const client = useQueryClient();
    const me = useUser();
    return useMutation({
        mutationFn: (change: Partial<Pick<User, "name" | "phone" | "timezone" | "preferences">>) =>
            data(
                api.PATCH("/api/v1/users/{user_id}", {
                    params: { path: { user_id: me.id } },
                    body: { ...change, version: me.version },
                }),
            ),
        onSuccess: (user) => client.setQueryData(ME, user),
        onError: () => void client.invalidateQueries({ queryKey: ME }),
    });
}
