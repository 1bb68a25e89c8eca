import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data, newKey, type Schemas } from "~/api/client";
import { everything } from "~/api/lists";

export type Endpoint = Schemas["Endpoint"];
export type NewEndpoint = Omit<Schemas["NewEndpoint"], "idempotencyKey">;
export type EventType = Schemas["EventTypeModel"];
const ENDPOINTS = ["webhook-endpoints"] as const;
const LIMIT = 100;
const REFRESH_MS = 5000;

export function useEndpoints() {
    return useQuery({
        queryKey: ENDPOINTS,
        refetchInterval: REFRESH_MS,
        queryFn: () =>
            everything((cursor) =>
                data(
                    api.GET("/api/v1/webhook-endpoints", {
                        params: { query: { limit: LIMIT, cursor } },
                    }),
                ),
            ),
    });
}

export function useEndpoint(id: string) {
    return useQuery({
        queryKey: [...ENDPOINTS, id],
        staleTime: 0,
        refetchInterval: REFRESH_MS,
        queryFn: () =>
            data(
                api.GET("/api/v1/webhook-endpoints/{endpoint_id}", {
                    params: { path: { endpoint_id: id } },
                }),
            ),
    });
}

export function useEventTypes() {
    return useQuery({
        queryKey: ["event-types"],
        staleTime: Infinity,
        queryFn: async () => (await data(api.GET("/api/v1/event-types"))).items,
    });
}

/** A change of endpoints; the lists are read again afterwards, whatever became of it. */
function useChange<Given, Answer>(change: (given: Given) => Promise<Answer>) {
    const client = useQueryClient();
    return useMutation({
        mutationFn: change,
        onSettled: () => client.invalidateQueries({ queryKey: ENDPOINTS }),
    });
}

export function useCreate() {
    return useChange(({ body, key }: { body: NewEndpoint; key: string }) =>
        data(api.POST("/api/v1/webhook-endpoints", { body, headers: { "Idempotency-Key": key } })),
    );
}

const pathOf = (id: string) => ({ path: { endpoint_id: id } });

export function useEdit(id: string) {
    return useChange((body: NewEndpoint & { version: number }) =>
        data(api.PATCH("/api/v1/webhook-endpoints/{endpoint_id}", { params: pathOf(id), body })),
    );
}

export function useRemove() {
    return useChange(({ id, version }: Endpoint) =>
        data(
            api.DELETE("/api/v1/webhook-endpoints/{endpoint_id}", {
                params: pathOf(id),
                headers: { "If-Match": `"${version}"` },
            }),
        ),
    );
}

export function useSwitch(id: string) {
    return useChange((verb: "enable" | "disable") =>
        data(
            api.POST(
                verb === "enable"
                    ? "/api/v1/webhook-endpoints/{endpoint_id}/enable"
                    : "/api/v1/webhook-endpoints/{endpoint_id}/disable",
                { params: pathOf(id) },
            ),
        ),
    );
}

export function useRotate(id: string) {
    return useChange((overlapHours: number) =>
        data(
            api.POST("/api/v1/webhook-endpoints/{endpoint_id}/rotate-secret", {
                params: pathOf(id),
                body: { overlapHours },
            }),
        ),
    );
}

export function useTrial(id: string) {
    return useChange((type: string) =>
        data(
            api.POST("/api/v1/webhook-endpoints/{endpoint_id}/test", {
                params: pathOf(id),
                body: { type },
            }),
        ),
    );
}

export type Replay = { from: string; to: string | null; dryRun: boolean };

export function useReplay(id: string) {
    return useChange(({ from, to, dryRun }: Replay) =>
        data(
            api.POST("/api/v1/webhook-endpoints/{endpoint_id}/replay", {
                params: { ...pathOf(id), query: { dryRun } },
                headers: { "Idempotency-Key": newKey() },
                body: { from, ...(to ? { to } : {}) },
            }),
        ),
    );
}

/** What an administrator calls it: its name, else its host. */
export function endpointName({ description, url }: Pick<Endpoint, "description" | "url">): string {
    if (description.trim()) return description;
    try {
        return new URL(url).host;
    } catch {
        return url;
    }
}
