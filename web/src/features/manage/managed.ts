import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data, newKey, type Schemas } from "~/api/client";

export type Managed = Schemas["Managed"];

const keyOf = (token: string) => ["managed", token] as const;

/** An appointment as the link in a mail shows it. Looking changes nothing. */
export function useManaged(token: string) {
    return useQuery({
        queryKey: keyOf(token),
        // Whoever holds the device next shall not find it here.
        gcTime: 0,
        // A fee begins at a certain minute.
        staleTime: 0,
        queryFn: () => data(api.GET("/api/v1/manage/{token}", { params: { path: { token } } })),
    });
}

/** One of the things that the link lets its client do; afterwards the appointment is shown anew. */
function useManage<Input>(token: string, act: (input: Input, key: string) => Promise<unknown>) {
    const client = useQueryClient();
    return useMutation({
        mutationFn: (input: Input) => act(input, newKey()),
        onSettled: () => client.invalidateQueries({ queryKey: keyOf(token) }),
    });
}

export function useConfirm(token: string) {
    return useManage<{ version: number }>(token, (body, key) =>
        data(
            api.POST("/api/v1/manage/{token}/confirm-attendance", {
                params: { path: { token } },
                body,
                headers: { "Idempotency-Key": key },
            }),
        ),
    );
}

export function useCancel(token: string) {
    return useManage<{ version: number }>(token, (body, key) =>
        data(
            api.POST("/api/v1/manage/{token}/cancel", {
                params: { path: { token } },
                body: { ...body, waiveFee: false },
                headers: { "Idempotency-Key": key },
            }),
        ),
    );
}

export function useMove(token: string) {
    return useManage<{ timeslotId: string; version: number }>(token, (body, key) =>
        data(
            api.POST("/api/v1/manage/{token}/reschedule", {
                params: { path: { token } },
                body,
                headers: { "Idempotency-Key": key },
            }),
        ),
    );
}
