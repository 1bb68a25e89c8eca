import {
    QueryClient,
    type InvalidateOptions,
    type InvalidateQueryFilters,
    type Query,
    type QueryKey,
} from "@tanstack/react-query";
import { onSessionLost } from "~/api/client";
import { Problem } from "~/api/problem";

/**
 * Fetches what is invalid again even when its first answer is still on its way. TanStack Query
 * takes that answer for the new one, though it may have been read before the change; here it is
 * shown when it comes, and fetched once more.
 */
export class Client extends QueryClient {
    private readonly early = new Set<Query>();

    override async invalidateQueries<TKey extends QueryKey = QueryKey>(
        filters?: InvalidateQueryFilters<TKey>,
        options?: InvalidateOptions,
    ): Promise<void> {
        const found = this.getQueryCache()
            .findAll({ ...filters, fetchStatus: "fetching" })
            .filter((query) => query.state.data === undefined && !this.early.has(query));
        for (const query of found) this.early.add(query);
        await super.invalidateQueries(filters, options);
        for (const query of found) this.early.delete(query);
        // With their own keys alone; the others that were meant have been fetched by now.
        await Promise.all(
            found.map(({ queryKey }) =>
                super.invalidateQueries({ queryKey, exact: true }, options),
            ),
        );
    }
}

/** A refusal is an answer and is not asked for again; a lost connection is. */
export const queryClient = new Client({
    defaultOptions: {
        queries: {
            staleTime: 30_000,
            // As long as the lists stay readable without a network.
            gcTime: 7 * 24 * 3600_000,
            networkMode: "offlineFirst",
            retry: (count, error) =>
                count < 2 &&
                (!(error instanceof Problem) || error.status === 0 || error.status >= 500),
        },
        mutations: { networkMode: "always" },
    },
});

// Who is signed in is asked again, and the screens follow.
onSessionLost(() => void queryClient.invalidateQueries({ queryKey: ["me"] }));

const AT_MOST_MS = 3000;
const SOON_MS = 100;

function whenIdle(act: () => void): void {
    // Safari does not know of idle time.
    if ("requestIdleCallback" in window) requestIdleCallback(act);
    else setTimeout(act, SOON_MS);
}

/**
 * Resolves when the first screen has what it asked for, and shows it. What is for later is fetched
 * from then on, so that a slow line carries first what somebody waits for.
 */
export const settled = new Promise<void>((done) => {
    const look = () => {
        if (queryClient.isFetching() + queryClient.isMutating() > 0) return;
        stops.forEach((stop) => stop());
        done();
    };
    const stops = [
        queryClient.getQueryCache().subscribe((event) => {
            // Before anything is asked for, it is quiet, too.
            const isAnswer = event.type === "updated" && event.action.type === "success";
            if (isAnswer) whenIdle(look);
        }),
        queryClient.getMutationCache().subscribe(() => whenIdle(look)),
    ];
    setTimeout(done, AT_MOST_MS);
});
