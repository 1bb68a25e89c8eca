import { QueryClient } from "@tanstack/react-query";
import { Problem } from "~/api/problem";

/** A refusal is an answer and is not asked for again; a lost connection is. */
export const queryClient = new QueryClient({
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
