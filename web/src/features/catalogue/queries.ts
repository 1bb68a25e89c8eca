import { useQuery } from "@tanstack/react-query";
import { api, data, type Schemas } from "~/api/client";
import { everything } from "~/api/lists";

export type Provider = Schemas["Provider"];
export type Service = Schemas["Service"];
export type Facility = Schemas["Facility"];

const LIMIT = 100;
const FRESH_MS = 5 * 60_000;

export function useProviders() {
    return useQuery({
        queryKey: ["providers"],
        staleTime: FRESH_MS,
        queryFn: () =>
            everything((cursor) =>
                data(api.GET("/api/v1/providers", { params: { query: { limit: LIMIT, cursor } } })),
            ),
    });
}

export function useServices() {
    return useQuery({
        queryKey: ["services"],
        staleTime: FRESH_MS,
        queryFn: () =>
            everything((cursor) =>
                data(api.GET("/api/v1/services", { params: { query: { limit: LIMIT, cursor } } })),
            ),
    });
}

export function useFacilities() {
    return useQuery({
        queryKey: ["facilities"],
        staleTime: FRESH_MS,
        queryFn: () =>
            everything((cursor) =>
                data(
                    api.GET("/api/v1/facilities", { params: { query: { limit: LIMIT, cursor } } }),
                ),
            ),
    });
}
