const PAUSE_MS = 2000;

async function isServerThere(): Promise<boolean> {
    try {
        return (await fetch("/health/live", { cache: "no-store" })).ok;
    } catch {
        return false;
    }
}

/**
 * Gives what `load` gives; as long as the server is away it is tried again and again. For parts of
 * the app that are fetched when they are first shown.
 *
 * @returns a function that throws what `load` throws although the server is there: it may serve a
 * newer app by now.
 */
export function withRetry<T>(load: () => Promise<T>): () => Promise<T> {
    return async () => {
        let wasThere = false;
        for (;;) {
            try {
                return await load();
            } catch (error) {
                const isThere = await isServerThere();
                // It may have come back just now.
                if (isThere && wasThere) throw error;
                wasThere = isThere;
                if (!isThere) await new Promise((done) => setTimeout(done, PAUSE_MS));
            }
        }
    };
}
