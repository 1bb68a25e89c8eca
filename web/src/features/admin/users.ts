import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, data, type Schemas } from "~/api/client";
import { byCursor } from "~/api/lists";
import type { Role, User } from "~/features/account/session";
import type { Fields } from "./merging";

export type UserAction = Schemas["UserAction"];
export const ROLES: Role[] = ["client", "operator", "admin"];
const USERS = ["users"] as const;
const LOG_ROWS = 50;

export function useUsers(q: string, role: Role | "") {
    return useInfiniteQuery({
        queryKey: [...USERS, q, role],
        queryFn: async ({ pageParam }) => {
            const page = await data(
                api.GET("/api/v1/users", {
                    params: {
                        query: {
                            q: q || undefined,
                            role: role || undefined,
                            cursor: pageParam ?? undefined,
                        },
                    },
                }),
            );
            // Administrators get whole users; the shorter ones are for operators.
            return page as Schemas["Page_User_"];
        },
        ...byCursor,
    });
}

export function useActions(userId: string) {
    return useInfiniteQuery({
        queryKey: ["user-actions", userId],
        staleTime: 0,
        queryFn: ({ pageParam }) =>
            data(
                api.GET("/api/v1/users/{user_id}/actions", {
                    params: {
                        path: { user_id: userId },
                        query: { cursor: pageParam ?? undefined, limit: LOG_ROWS },
                    },
                }),
            ),
        ...byCursor,
    });
}

export function useRefreshUsers() {
    const client = useQueryClient();
    return () => void client.invalidateQueries({ queryKey: USERS });
}

export function useCreateUser(onSaved: (user: User) => void) {
    return useMutation({
        mutationFn: ({ body, key }: { body: Schemas["NewUser"]; key: string }) =>
            data(
                api.POST("/api/v1/users", { body, params: { header: { "Idempotency-Key": key } } }),
            ),
        onSuccess: onSaved,
    });
}

export function changeUser(user: User, patch: Fields, version: number): Promise<User> {
    return data(
        api.PATCH("/api/v1/users/{user_id}", {
            params: { path: { user_id: user.id } },
            headers: { "If-Match": `"${version}"` },
            body: patch,
        }),
    );
}

/** What an administrator changes of a user. */
export function fieldsOfUser(user: User): Fields {
    const { name, email, phone, role, providerId, isActive } = user;
    return { name, email, phone, role, providerId, isActive };
}
