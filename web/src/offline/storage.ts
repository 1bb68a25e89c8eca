import { browserStorage } from "~/lib/storage";
import type { QueuedChange } from "./changes";

/** Each change is an entry of its own: two tabs never write over each other's. */
const PREFIX = "holdfast.queue.";

function parsed(text: string | null): QueuedChange | null {
    try {
        return text === null ? null : (JSON.parse(text) as QueuedChange);
    } catch {
        return null;
    }
}

/** All changes of this browser, whoever's, in the order in which they were made. */
export function readQueue(): QueuedChange[] {
    return browserStorage
        .keys()
        .filter((name) => name.startsWith(PREFIX))
        .map((name) => parsed(browserStorage.getItem(name)))
        .filter((item) => item !== null)
        .sort((a, b) => a.madeAt - b.madeAt || a.key.localeCompare(b.key));
}

export function isQueued(key: string): boolean {
    return browserStorage.getItem(PREFIX + key) !== null;
}

export function writeChange(item: QueuedChange): void {
    browserStorage.setItem(PREFIX + item.key, JSON.stringify(item));
}

export function removeChange(key: string): void {
    browserStorage.removeItem(PREFIX + key);
}

/** Calls back when another tab changed the queue. */
export function onOtherTab(changed: () => void): () => void {
    const listen = (event: StorageEvent) => {
        if (event.key === null || event.key.startsWith(PREFIX)) changed();
    };
    window.addEventListener("storage", listen);
    return () => window.removeEventListener("storage", listen);
}
