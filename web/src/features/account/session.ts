import { createContext, useContext } from "react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data, type Schemas } from "~/api/client";
import { chooseZone } from "~/lib/time";
import { leaveNothing, OWNER } from "~/offline/owner";
import { discardAllOf } from "~/offline/queue";

export type User = Schemas["User"];
export type Role = User["role"];

const ME = ["me"] as const;
const PERSISTED = "holdfast.queries";

async function fetchMe(): Promise<User | null> {
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
    return me;
}

/** While it is not known yet who is signed in: whether somebody was here and has not signed out. */
export function isSomebodyExpected(): boolean {
    return Boolean(localStorage.getItem(OWNER));
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
        client.clear();
        localStorage.removeItem(PERSISTED);
        client.setQueryData(ME, user);
    };
}

export function useSignIn() {
    const forget = useForget();
    return useMutation({
        mutationFn: (body: Schemas["Credentials"]) =>
            data(api.POST("/api/v1/auth/session", { body })),
        onSuccess: ({ user }) => forget(user),
    });
}

export function useSignOut() {
    const forget = useForget();
    const client = useQueryClient();
    return useMutation({
        mutationFn: () => data(api.DELETE("/api/v1/auth/session")),
        onSuccess: () => {
            const me = client.getQueryData<User | null>(ME);
            if (me) discardAllOf(me.id);
            forget(null);
            leaveNothing();
        },
    });
}

/** Opens an account and signs in with it. */
export function useSignUp() {
    const forget = useForget();
    return useMutation({
        mutationFn: async (body: Schemas["SignUp"]) => {
            await data(api.POST("/api/v1/auth/signup", { body }));
            const { email, password } = body;
            return data(api.POST("/api/v1/auth/session", { body: { email, password } }));
        },
        onSuccess: ({ user }) => forget(user),
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
