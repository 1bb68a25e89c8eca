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
