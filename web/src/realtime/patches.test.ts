import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { applyBooking } from "./patches";
import type { LiveEvent } from "./socket";

const LIST = ["appointments", "own", "u", "upcoming"];
const ONE = ["appointment", "a"];

let client: QueryClient;
const row = (version: number) => ({ id: "a", version, status: "confirmed", notes: "old" });
const event = (version: number): LiveEvent => ({
    type: "booking.updated",
    channel: "user.u.bookings",
    sequence: version,
    appointmentId: "a",
    version,
    updates: { notes: "new" },
});

function keep(version: number) {
    client.setQueryData(LIST, { pages: [{ items: [row(version)], nextCursor: null }] });
    client.setQueryData(ONE, { value: row(version), etag: `"${version}"` });
}
function kept() {
    const list = client.getQueryData<{ pages: { items: object[] }[] }>(LIST);
    const one = client.getQueryData<{ value: object }>(ONE);
    return [list?.pages[0]?.items[0], one?.value];
}

beforeEach(() => {
    vi.useFakeTimers();
    client = new QueryClient();
});
afterEach(() => {
    vi.useRealTimers();
});

test("the next version is patched in place", () => {
    keep(1);
    applyBooking(client, event(2));
    const patched = { ...row(2), notes: "new" };
    expect(kept()).toEqual([patched, patched]);
});

test("a version further on is left to the fetch, one that is known stays", () => {
    keep(1);
    applyBooking(client, event(3));
    expect(kept()).toEqual([row(1), row(1)]);
    keep(5);
    applyBooking(client, event(5));
    expect(kept()).toEqual([row(5), row(5)]);
});

test("many events fetch each list once", () => {
    keep(1);
    const invalidate = vi.spyOn(client, "invalidateQueries");
    for (const version of [2, 3, 4]) applyBooking(client, event(version));
    vi.runAllTimers();
    expect(invalidate).toHaveBeenCalledTimes(2);
});
