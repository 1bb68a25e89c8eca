import type { QueuedChange } from "./changes";

/** Each change is an entry of its own: two tabs never write over each other's. */
const PREFIX = "holdfast.queue.";
/** Where storage is switched off, the queue lives as long as the page. */
const memory = new Map<string, string>();

function storage(): Storage | null {
    try {
        return window.localStorage;
    } catch {
        return null;
    }
}

function parsed(text: string | null): QueuedChange | null {
    try {
        return text === null ? null : (JSON.parse(text) as QueuedChange);
    } catch {
        return null;
    }
}

/** All changes of this browser, whoever's, in the order in which they were made. */
export function readQueue(): QueuedChange[] {
    const kept = storage();
    const texts = [...memory.values()];
    for (let index = 0; index < (kept?.length ?? 0); index++) {
        const name = kept?.key(index);
        if (name?.startsWith(PREFIX)) texts.push(kept?.getItem(name) ?? "");
    }
    return texts
        .map(parsed)
        .filter((item) => item !== null)
        .sort((a, b) => a.madeAt - b.madeAt || a.key.localeCompare(b.key));
}

export function writeChange(item: QueuedChange): void {
    const text = JSON.stringify(item);
    try {
        storage()?.setItem(PREFIX + item.key, text);
        if (storage()) return;
    } catch {
        // Full: kept as long as the page.
    }
    memory.set(item.key, text);
}

export function removeChange(key: string): void {
    memory.delete(key);
    storage()?.removeItem(PREFIX + key);
}

/** Calls back when another tab changed the queue. */
export function onOtherTab(changed: () => void): () => void {
    const listen = (event: StorageEvent) => {
        if (event.key === null || event.key.startsWith(PREFIX)) changed();
    };
    window.addEventListener("storage", listen);
    return () => window.removeEventListener("storage", listen);
}
