import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data, tagged, type Schemas } from "~/api/client";
import { Problem } from "~/api/problem";
import { bodyOf, type Draft, type Schedule } from "./schedule";

const SCHEDULE = "/api/v1/providers/{provider_id}/schedule";
const SLOTS = "/api/v1/appointments/availability/slots";

const scheduleKey = (providerId: string) => ["schedule", providerId] as const;

type Tagged = { value: Schedule; etag: string };

/** A provider's schedule with its tag; null while none was put. */
export function useSchedule(providerId: string) {
    return useQuery({
        queryKey: scheduleKey(providerId),
        // A draft is made of it: it is new when the editor opens, and does not change in there.
        staleTime: Infinity,
        gcTime: 0,
        queryFn: async (): Promise<Tagged | null> => {
            try {
                return await tagged(
                    api.GET(SCHEDULE, { params: { path: { provider_id: providerId } } }),
                );
            } catch (error) {
                if (error instanceof Problem && error.status === 404) return null;
                throw error;
            }
        },
    });
}

type Wanted = { draft: Draft; etag: string | null };

const request = (providerId: string, { draft, etag }: Wanted) => ({
    headers: etag ? { "If-Match": etag } : {},
    body: bodyOf(draft),
    params: { path: { provider_id: providerId } },
});

/** Asks what putting a schedule would do. */
export function useAskSchedule(providerId: string) {
    return useMutation({
        mutationFn: async (wanted: Wanted) => {
            const { params, ...rest } = request(providerId, wanted);
            const asked = { ...rest, params: { ...params, query: { dryRun: true } } };
            // The other form answers the real one.
            return (await data(api.PUT(SCHEDULE, asked))) as Schemas["ScheduleEffect"];
        },
    });
}

/** Puts a schedule in place of the version that `etag` names. */
export function usePutSchedule(providerId: string) {
    const client = useQueryClient();
    return useMutation({
        mutationFn: async (wanted: Wanted) => {
            const put = await tagged(api.PUT(SCHEDULE, request(providerId, wanted)));
            // The other form answers a dry run.
            return { ...put, value: put.value as Schemas["PutResult"] };
        },
        onSuccess: (put) => {
            client.setQueryData(scheduleKey(providerId), put);
            void client.invalidateQueries({ queryKey: ["slots"] });
        },
    });
}

export function useGenerate(providerId: string) {
    const client = useQueryClient();
    return useMutation({
        mutationFn: ({ from, to, key }: { from: string; to: string; key: string }) =>
            data(
                api.POST("/api/v1/providers/{provider_id}/slots/generate", {
                    params: {
                        path: { provider_id: providerId },
                        header: { "Idempotency-Key": key },
                    },
                    body: { from, to },
                }),
            ),
        onSuccess: () => client.invalidateQueries({ queryKey: ["slots"] }),
    });
}

export type NewSlot = Pick<
    Schemas["PublishRequest"],
    "providerId" | "facilityId" | "serviceId" | "start" | "end"
>;

export function usePublishSlot() {
    const client = useQueryClient();
    return useMutation({
        mutationFn: ({ slot, key }: { slot: NewSlot; key: string }) =>
            data(
                api.POST(SLOTS, {
                    params: { header: { "Idempotency-Key": key } },
                    body: slot,
                }),
            ),
        onSuccess: () => client.invalidateQueries({ queryKey: ["slots"] }),
    });
}

export type BulkChange = Pick<
    Schemas["BulkSlotsRequest"],
    "action" | "providerId" | "from" | "to" | "reason"
>;

/** Blocks, unblocks or deletes all slots of a provider that overlap a period. */
export function useChangeSlots() {
    const client = useQueryClient();
    return useMutation({
        mutationFn: ({ body, key }: { body: BulkChange; key: string }) =>
            data(
                api.POST(`${SLOTS}/bulk`, {
                    params: { header: { "Idempotency-Key": key } },
                    body,
                }),
            ),
        onSuccess: () => client.invalidateQueries({ queryKey: ["slots"] }),
    });
}
