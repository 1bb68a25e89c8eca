import {
    keepPreviousData,
    useInfiniteQuery,
    useMutation,
    useQuery,
    useQueryClient,
} from "@tanstack/react-query";
import { api, data, type Schemas } from "~/api/client";
import { byCursor, everything } from "~/api/lists";
import { useToast } from "~/app/useToast";
import { t } from "~/text/calendars";
import { standingOf, type Connection } from "./standing";

export type NewConnection = Omit<Schemas["NewCalendarConnection"], "idempotencyKey">;
export type Change = Schemas["CalendarConnectionChange"];
export type Conflict = Schemas["CalendarConflict"];
export type Feed = Schemas["Feed"];
export type NewFeed = { providerId: string | null; detail: Feed["detail"] };
/** A provider has three at most (docs/calendars.md). */
export const MOST_CONNECTIONS = 3;

const CONNECTIONS = "calendar-connections";
const CONFLICTS = "calendar-conflicts";
const FEEDS = ["calendar-feeds"] as const;
const LIMIT = 50;
const REFRESH_MS = 15_000;
const WAITING_MS = 1500;

const ofProvider = (id: string) => ({ path: { provider_id: id } });
const ofConnection = ({ id, providerId }: Pick<Connection, "id" | "providerId">) => ({
    path: { provider_id: providerId, connection_id: id },
});

/** @param isAwaited whether somebody waits for a read of this calendar */
export function useConnections(
    providerId: string,
    isEnabled: boolean,
    isAwaited: (connection: Connection) => boolean,
) {
    return useQuery({
        queryKey: [CONNECTIONS, providerId],
        enabled: isEnabled,
        staleTime: 0,
        refetchInterval: ({ state }) =>
            state.data?.some((one) => isAwaited(one) || standingOf(one, Date.now()) === "first")
                ? WAITING_MS
                : REFRESH_MS,
        queryFn: async () => {
            const params = { ...ofProvider(providerId), query: { limit: LIMIT } };
            const path = "/api/v1/providers/{provider_id}/calendar-connections";
            return (await data(api.GET(path, { params }))).items;
        },
    });
}

/** @param readAt when a calendar was read last: what collides may be others since */
export function useConflicts(providerId: string, readAt: string) {
    return useInfiniteQuery({
        ...byCursor,
        queryKey: [CONFLICTS, providerId, readAt],
        staleTime: 0,
        placeholderData: keepPreviousData,
        refetchInterval: REFRESH_MS,
        queryFn: ({ pageParam }) =>
            data(
                api.GET("/api/v1/providers/{provider_id}/calendar-conflicts", {
                    params: {
                        ...ofProvider(providerId),
                        query: { limit: LIMIT, ...(pageParam ? { cursor: pageParam } : {}) },
                    },
                }),
            ),
    });
}

/** One's own feeds: of a provider, or with null of one's own appointments. */
export function useFeeds(providerId: string | null) {
    return useQuery({
        queryKey: FEEDS,
        staleTime: 0,
        queryFn: () =>
            everything((cursor) =>
                data(
                    api.GET("/api/v1/calendar-feeds", {
                        params: { query: { limit: 100, cursor } },
                    }),
                ),
            ),
        select: (feeds) => feeds.filter((feed) => feed.providerId === providerId),
    });
}

/** A change of calendars; what is shown of them is read again afterwards, whatever became of it. */
function useChange<Given, Answer>(change: (given: Given) => Promise<Answer>, news: string | null) {
    const client = useQueryClient();
    const toast = useToast();
    return useMutation({
        mutationFn: change,
        // Here and not where it is called: that may be gone by then.
        onSuccess: () => {
            if (news) toast.done(news);
        },
        onSettled: () =>
            Promise.all([
                client.invalidateQueries({ queryKey: [CONNECTIONS] }),
                client.invalidateQueries({ queryKey: [CONFLICTS] }),
            ]),
    });
}

export function useConnect(providerId: string) {
    return useChange(
        ({ body, key }: { body: NewConnection; key: string }) =>
            data(
                api.POST("/api/v1/providers/{provider_id}/calendar-connections", {
                    params: ofProvider(providerId),
                    headers: { "Idempotency-Key": key },
                    body,
                }),
            ),
        t("calendars.connected"),
    );
}

const ONE = "/api/v1/providers/{provider_id}/calendar-connections/{connection_id}";

export function useEdit(connection: Pick<Connection, "id" | "providerId">) {
    return useChange(
        (body: Change) => data(api.PATCH(ONE, { params: ofConnection(connection), body })),
        t("calendars.changed"),
    );
}

export function useRemove(connection: Connection) {
    return useChange(
        (removeEvents: boolean) =>
            data(
                api.DELETE(ONE, {
                    params: { ...ofConnection(connection), query: { removeEvents } },
                    headers: { "If-Match": `"${connection.version}"` },
                }),
            ),
        t("calendars.removed"),
    );
}

export function useSync(connection: Connection) {
    return useChange(
        (key: string) =>
            data(
                api.POST(`${ONE}/sync`, {
                    params: ofConnection(connection),
                    headers: { "Idempotency-Key": key },
                }),
            ),
        connection.busy ? null : t("calendars.syncPush"),
    );
}

function useFeedChange<Given, Answer>(change: (given: Given) => Promise<Answer>) {
    const client = useQueryClient();
    return {
        mutationFn: change,
        onSettled: () => client.invalidateQueries({ queryKey: FEEDS }),
    };
}

export function useMakeFeed() {
    return useMutation(
        useFeedChange(({ body, key }: { body: NewFeed; key: string }) =>
            data(api.POST("/api/v1/calendar-feeds", { body, headers: { "Idempotency-Key": key } })),
        ),
    );
}

export function useRevokeFeed() {
    const toast = useToast();
    return useMutation({
        ...useFeedChange(({ id }: Feed) =>
            data(
                api.DELETE("/api/v1/calendar-feeds/{feed_id}", {
                    params: { path: { feed_id: id } },
                }),
            ),
        ),
        onSuccess: () => toast.done(t("feeds.revoked")),
    });
}
