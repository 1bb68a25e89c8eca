/**
 * The server's clock as far as this browser can tell: edit locks end by it, and a browser's own
 * clock may be minutes off.
 */
const TOLERATED_MS = 2000;
let aheadMs = 0;

/** Notes how far the server is ahead, from an answer that has just arrived. */
export function noteServerTime(response: Response): void {
    const said = Date.parse(response.headers.get("Date") ?? "");
    if (Number.isNaN(said)) return;
    // The header has whole seconds: half of one is the best guess.
    const found = said + 500 - Date.now();
    aheadMs = Math.abs(found) < TOLERATED_MS ? 0 : found;
}

export function serverTime(now: number): number {
    return now + aheadMs;
}
