import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withRetry } from "./withRetry";

const lost = new TypeError("Failed to fetch dynamically imported module");
const away = () => Promise.reject(new TypeError("Failed to fetch"));
const there = () => Promise.resolve(new Response(null, { status: 200 }));
const health = vi.fn<() => Promise<Response>>();

beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("fetch", health);
});
afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
});

test("waits as long as the server is away", async () => {
    health.mockImplementation(away);
    const load = vi.fn(() => Promise.reject<string>(lost));
    const loaded = withRetry(load)();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(load).toHaveBeenCalledTimes(31);
    load.mockResolvedValue("here");
    await vi.advanceTimersByTimeAsync(2000);
    expect(await loaded).toBe("here");
});

test("asks once more of a server that has come back, and then says what is wrong", async () => {
    health.mockImplementation(there);
    const load = vi.fn(() => Promise.reject<string>(lost));
    await expect(withRetry(load)()).rejects.toBe(lost);
    expect(load).toHaveBeenCalledTimes(2);
    load.mockRejectedValueOnce(lost).mockResolvedValueOnce("here");
    expect(await withRetry(load)()).toBe("here");
});
