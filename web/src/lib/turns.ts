/** Resolves in a task of its own: what waits (a tap, a frame) comes first. */
export function turn(): Promise<void> {
    return new Promise((done) => setTimeout(done));
}

/** Resolves when the page has been painted as it is; at once where nobody sees it. */
export function painted(): Promise<void> {
    if (document.hidden) return Promise.resolve();
    return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}
