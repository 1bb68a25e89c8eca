import type { Provider } from "~/features/catalogue/queries";
import type { Entry } from "./entries";

const UNASKED = 12;

/**
 * Whose columns to show: those that were chosen; else everybody who has something on these days;
 * else everybody. Unasked at most a dozen, as many as an eye can follow.
 */
export function shownProviders<P extends Pick<Provider, "id">>(
    providers: readonly P[],
    chosen: readonly string[],
    entries: readonly Pick<Entry, "providerId">[],
): P[] {
    if (chosen.length > 0) return providers.filter(({ id }) => chosen.includes(id));
    const busy = new Set(entries.map((entry) => entry.providerId));
    const working = providers.filter(({ id }) => busy.has(id));
    return (working.length > 0 ? working : providers).slice(0, UNASKED);
}
