import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data, type Schemas } from "~/api/client";
import { useToast } from "~/app/useToast";
import { t } from "~/text/steering";

export type Template = Schemas["MessageTemplate"];
export type Entry = Schemas["TemplateEntry"];
export type Words = { subject: string | null; text: string; html: string | null };
export type Place = { purpose: string; channel: string; locale: string; facilityId: string };
const TEMPLATES = ["message-templates"] as const;

function paramsOf({ purpose, channel, locale, facilityId }: Place) {
    return { path: { purpose, channel, locale }, query: { facilityId: facilityId || undefined } };
}

export function useTemplates() {
    return useQuery({
        queryKey: [...TEMPLATES, "list"],
        queryFn: async () => (await data(api.GET("/api/v1/message-templates"))).items,
    });
}

export function useTemplate(place: Place) {
    return useQuery({
        queryKey: [...TEMPLATES, "one", place],
        staleTime: 0,
        refetchOnWindowFocus: false,
        queryFn: () =>
            data(
                api.GET("/api/v1/message-templates/{purpose}/{channel}/{locale}", {
                    params: paramsOf(place),
                }),
            ),
    });
}

/** What these words look like; the last good preview stays while others are looked at. */
export function usePreview(place: Place, words: Words) {
    return useQuery({
        queryKey: [...TEMPLATES, "preview", place, words],
        staleTime: Infinity,
        retry: false,
        placeholderData: keepPreviousData,
        queryFn: async () =>
            (
                await data(
                    api.POST("/api/v1/message-templates/{purpose}/{channel}/{locale}/preview", {
                        params: paramsOf(place),
                        body: words,
                    }),
                )
            ).items,
    });
}

/** What was changed is said here: the editor makes way for one of the new version. */
function useChange<Given, Answer>(change: (given: Given) => Promise<Answer>, said: string) {
    const client = useQueryClient();
    const toast = useToast();
    return useMutation({
        mutationFn: change,
        onSuccess: () => {
            toast.done(said);
            return client.invalidateQueries({ queryKey: TEMPLATES });
        },
    });
}

export function useSave(place: Place) {
    return useChange(
        ({ words, version }: { words: Words; version: number }) =>
            data(
                api.PUT("/api/v1/message-templates/{purpose}/{channel}/{locale}", {
                    params: paramsOf(place),
                    body: { ...words, ...(version > 0 ? { version } : {}) },
                }),
            ),
        t("templates.saved"),
    );
}

export function useDrop(place: Place) {
    return useChange(
        (version: number) =>
            data(
                api.DELETE("/api/v1/message-templates/{purpose}/{channel}/{locale}", {
                    params: paramsOf(place),
                    headers: { "If-Match": `"${version}"` },
                }),
            ),
        t("templates.resetDone"),
    );
}

export function useTest(place: Place) {
    return useMutation({
        mutationFn: (words: Words) =>
            data(
                api.POST("/api/v1/message-templates/{purpose}/{channel}/{locale}/test", {
                    params: paramsOf(place),
                    body: words,
                }),
            ),
    });
}
