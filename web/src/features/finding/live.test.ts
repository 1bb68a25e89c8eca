import { QueryClient } from "@tanstack/react-query";
import { expect, it } from "vitest";
import type { Timeslot } from "./availability";
import { applyTimeslot } from "./live";

const slot = (id: string): Timeslot => ({
    id,
    providerId: "p",
    facilityId: "f",
    priceCents: 100,
    start: "2026-11-24T09:00:00Z",
    end: "2026-11-24T09:30:00Z",
    status: "available",
});
const KEY = ["availability", "provider", "p", "s", "2026-11-24"];

function kept(...ids: string[]): QueryClient {
    const client = new QueryClient();
    client.setQueryData(KEY, ids.map(slot));
    return client;
}
const states = (client: QueryClient) =>
    client.getQueryData<Timeslot[]>(KEY)?.map(({ id, status }) => `${id} ${status}`);

it("greys out what was taken, in place", () => {
    const client = kept("a", "b");
    expect(applyTimeslot(client, { timeslotId: "b", status: "booked" })).toBe(false);
    expect(states(client)).toEqual(["a available", "b booked"]);
});

it("takes out what was withdrawn", () => {
    const client = kept("a", "b");
    applyTimeslot(client, { timeslotId: "a", status: "deleted" });
    expect(states(client)).toEqual(["b available"]);
});

it("asks for the lists again only for a timeslot that is new and free", () => {
    const client = kept("a");
    expect(applyTimeslot(client, { timeslotId: "new", status: "available" })).toBe(true);
    expect(applyTimeslot(client, { timeslotId: "new", status: "booked" })).toBe(false);
    expect(states(client)).toEqual(["a available"]);
});
