import { useEffect, useRef, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { api, data } from "~/api/client";
import { ended, newRun, withBatch, type Batch, type CheckInfo, type Run } from "./integrity";

export function useChecks() {
    return useQuery({
        queryKey: ["integrity"],
        queryFn: async () => (await data(api.GET("/api/v1/integrity"))).checks,
    });
}

function nextBatch(check: string, cursor: string | null, signal: AbortSignal): Promise<Batch> {
    return data(
        api.GET("/api/v1/integrity/{check}", {
            params: { path: { check }, query: { cursor: cursor ?? undefined } },
            signal,
        }),
    );
}

/** Walks through all checks, batch by batch, one request at a time; ends when the page is left. */
export function useIntegrityRun() {
    const [run, setRun] = useState<Run | null>(null);
    const [error, setError] = useState<unknown>(null);
    const stopping = useRef<AbortController | null>(null);
    useEffect(() => () => stopping.current?.abort(), []);

    const start = async (checks: CheckInfo[]) => {
        const { signal } = (stopping.current = new AbortController());
        let current = newRun(checks);
        const show = (next: Run) => setRun((current = next));
        setError(null);
        show(current);
        try {
            for (const { info } of current.checks) {
                let cursor: string | null = null;
                do {
                    const batch: Batch = await nextBatch(info.name, cursor, signal);
                    if (signal.aborted) return;
                    show(withBatch(current, batch));
                    cursor = batch.nextCursor;
                } while (cursor !== null);
            }
            show(ended(current, "done"));
        } catch (problem) {
            if (signal.aborted) return;
            setError(problem);
            show(ended(current, "failed"));
        }
    };
    const stop = () => {
        stopping.current?.abort();
        setRun((was) => was && ended(was, "stopped"));
    };
    return { run, error, start, stop };
}
