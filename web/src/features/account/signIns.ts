import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, data, type Schemas } from "~/api/client";
import { byCursor } from "~/api/lists";
import { Problem } from "~/api/problem";
import { useUser } from "./session";

export type SignIn = Schemas["SignIn"];

const SIGN_INS = ["sign-ins"] as const;

/** One's own sign-ins that go on, the newest first. */
export function useSignIns() {
    return useInfiniteQuery({
        queryKey: [...SIGN_INS, useUser().id],
        staleTime: 0,
        queryFn: ({ pageParam }) =>
            data(
                api.GET("/api/v1/auth/sessions", {
                    params: { query: { cursor: pageParam ?? undefined } },
                }),
            ),
        ...byCursor,
    });
}

function useFetchAgain() {
    const client = useQueryClient();
    return () => client.invalidateQueries({ queryKey: SIGN_INS });
}

/** Ends one; one that has ended meanwhile is ended. */
export function useEndSignIn() {
    const fetchAgain = useFetchAgain();
    return useMutation({
        mutationFn: async ({ id }: SignIn) => {
            try {
                await data(
                    api.DELETE("/api/v1/auth/sessions/{session_id}", {
                        params: { path: { session_id: id } },
                    }),
                );
            } catch (error) {
                if (!(error instanceof Problem && error.status === 404)) throw error;
            }
        },
        onSettled: fetchAgain,
    });
}

/** Ends all but the one of this window. */
export function useEndOtherSignIns() {
    const fetchAgain = useFetchAgain();
    return useMutation({
        mutationFn: () => data(api.DELETE("/api/v1/auth/sessions")),
        onSettled: fetchAgain,
    });
}

/** Sets a new password, which ends all sign-ins but the one of this window. */
export function useChangePassword() {
    const fetchAgain = useFetchAgain();
    return useMutation({
        mutationFn: (body: Schemas["PasswordChange"]) =>
            data(api.POST("/api/v1/auth/password", { body })),
        onSuccess: () => void fetchAgain(),
    });
}
