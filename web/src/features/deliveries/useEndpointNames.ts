import { endpointName, useEndpoints } from "~/features/webhooks/queries";

/** What administrators call each webhook endpoint, by its id. */
export function useEndpointNames(): ReadonlyMap<string, string> {
    const endpoints = useEndpoints().data ?? [];
    return new Map(endpoints.map((endpoint) => [endpoint.id, endpointName(endpoint)]));
}
