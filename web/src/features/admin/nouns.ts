import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, data, type Schemas } from "~/api/client";
import type { Facility, Provider, Service } from "~/features/catalogue/queries";
import type { Fields, Versioned } from "./merging";

/** One of the three things that the catalogue has, and how the API writes it. */
export type Noun<R extends Versioned> = {
    name: "facility" | "service" | "provider";
    queryKey: string;
    titleOf: (row: R) => string;
    fieldsOf: (row: R) => Fields;
    create: (body: Fields, key: string) => Promise<R>;
    change: (row: R, patch: Fields, version: number) => Promise<R>;
    remove: (row: R) => Promise<unknown>;
};

const match = (version: number) => ({ "If-Match": `"${version}"` });
const keyed = (key: string) => ({ header: { "Idempotency-Key": key } });

/** Everything of a row but what the server gives it. */
function shown(row: Versioned): Fields {
    return Object.fromEntries(
        Object.entries(row).filter(([field]) => field !== "id" && field !== "version"),
    );
}

export const FACILITIES: Noun<Facility> = {
    name: "facility",
    queryKey: "facilities",
    titleOf: ({ name }) => name,
    fieldsOf: shown,
    create: (body, key) =>
        data(
            api.POST("/api/v1/facilities", {
                params: keyed(key),
                body: body as Schemas["NewFacility"],
            }),
        ),
    change: (row, patch, version) =>
        data(
            api.PATCH("/api/v1/facilities/{facility_id}", {
                params: { path: { facility_id: row.id } },
                headers: match(version),
                body: patch,
            }),
        ),
    remove: (row) =>
        data(
            api.DELETE("/api/v1/facilities/{facility_id}", {
                params: { path: { facility_id: row.id } },
                headers: match(row.version),
            }),
        ),
};

export const SERVICES: Noun<Service> = {
    name: "service",
    queryKey: "services",
    titleOf: ({ title }) => title,
    fieldsOf: shown,
    create: (body, key) =>
        data(
            api.POST("/api/v1/services", {
                params: keyed(key),
                body: body as Schemas["NewService"],
            }),
        ),
    change: (row, patch, version) =>
        data(
            api.PATCH("/api/v1/services/{service_id}", {
                params: { path: { service_id: row.id } },
                headers: match(version),
                body: patch,
            }),
        ),
    remove: (row) =>
        data(
            api.DELETE("/api/v1/services/{service_id}", {
                params: { path: { service_id: row.id } },
                headers: match(row.version),
            }),
        ),
};

export const PROVIDERS: Noun<Provider> = {
    name: "provider",
    queryKey: "providers",
    titleOf: ({ name }) => name,
    fieldsOf: (row) => ({
        ...shown(row),
        facilityIds: row.facilityIds.toSorted(),
        serviceIds: row.serviceIds.toSorted(),
    }),
    create: (body, key) =>
        data(
            api.POST("/api/v1/providers", {
                params: keyed(key),
                body: body as Schemas["NewProvider"],
            }),
        ),
    change: (row, patch, version) =>
        data(
            api.PATCH("/api/v1/providers/{provider_id}", {
                params: { path: { provider_id: row.id } },
                headers: match(version),
                body: patch,
            }),
        ),
    remove: (row) =>
        data(
            api.DELETE("/api/v1/providers/{provider_id}", {
                params: { path: { provider_id: row.id } },
                headers: match(row.version),
            }),
        ),
};

export function useRefresh<R extends Versioned>(noun: Noun<R>) {
    const client = useQueryClient();
    return () => void client.invalidateQueries({ queryKey: [noun.queryKey] });
}

export function useCreate<R extends Versioned>(noun: Noun<R>, onSaved: (row: R) => void) {
    return useMutation({
        mutationFn: ({ body, key }: { body: Fields; key: string }) => noun.create(body, key),
        onSuccess: onSaved,
    });
}

export function useRemove<R extends Versioned>(noun: Noun<R>, onGone: () => void) {
    return useMutation({ mutationFn: noun.remove, onSuccess: onGone });
}
