import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { api, data } from "~/api/client";
import { Problem } from "~/api/problem";
import { APPOINTMENT_LISTS } from "~/features/appointments/queries";
import { chunksOf, withResults, type Chunk, type Order, type Results } from "./bulk";

type Run = {
    phase: "running" | "interrupted" | "finished";
    order: Order;
    chunks: Chunk[];
    total: number;
    results: Results;
    error: Error | null;
};

async function send({ action, priority, reason, isCharged }: Order, { ids, key }: Chunk) {
    const { results } = await data(
        api.POST("/api/v1/appointments/bulk", {
            headers: { "Idempotency-Key": key },
            body: {
                action,
                ids,
                priority: action === "set_priority" ? priority : null,
                reason: reason || null,
                ...(action === "cancel" ? { waiveFee: !isCharged } : {}),
            },
        }),
    );
    return results;
}

/** Whether the same may be tried again: nobody has said that it is wrong. */
function isPassing(error: unknown): boolean {
    if (!(error instanceof Problem)) return false;
    return error.status === 0 || error.status === 429 || error.status >= 500;
}

/** One action on many appointments, some at a time. */
export function useBulk(onFinished: (results: Results) => void) {
    const client = useQueryClient();
    const [run, setRun] = useState<Run | null>(null);

    const proceed = async (from: Run) => {
        let state: Run = { ...from, phase: "running", error: null };
        setRun(state);
        while (state.chunks.length > 0) {
            const [chunk, ...rest] = state.chunks;
            if (!chunk) break;
            try {
                const answered = await send(state.order, chunk);
                const results = withResults(state.results, answered);
                state = { ...state, results, chunks: rest };
                setRun(state);
            } catch (error) {
                if (isPassing(error)) {
                    setRun({ ...state, phase: "interrupted", error: error as Error });
                    return;
                }
                const scenario = error instanceof Problem ? error.scenario : "other";
                const refused = chunk.ids.map((id) => ({ id, status: 400, scenario }));
                state = {
                    ...state,
                    results: withResults(state.results, refused),
                    chunks: rest,
                    error: error as Error,
                };
            }
        }
        setRun({ ...state, phase: "finished" });
        onFinished(state.results);
        void client.invalidateQueries({ queryKey: APPOINTMENT_LISTS });
        void client.invalidateQueries({ queryKey: ["appointment"] });
    };

    return {
        run,
        start: (order: Order, ids: string[]) =>
            void proceed({
                phase: "running",
                order,
                chunks: chunksOf(ids),
                total: ids.length,
                results: new Map(),
                error: null,
            }),
        /** Goes on where it stopped, with the same keys: nothing is done twice. */
        resume: () => {
            if (run?.phase === "interrupted") void proceed(run);
        },
        /** Ends what was interrupted, or puts a finished one away. */
        close: () => {
            if (run?.phase === "interrupted") {
                onFinished(run.results);
                void client.invalidateQueries({ queryKey: APPOINTMENT_LISTS });
            }
            setRun(null);
        },
    };
}
