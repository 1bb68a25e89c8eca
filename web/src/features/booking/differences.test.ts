import { expect, it } from "vitest";
import { differences, type Wanted } from "./differences";

const BERLIN = "Europe/Berlin";
const wanted: Wanted = {
    start: "2026-11-23T09:00:00Z",
    end: "2026-11-23T09:30:00Z",
    priceCents: 5000,
    currency: "EUR",
    providerName: "Dr. Brandt",
};
const offer = (start: string, more: object = {}) =>
    differences(wanted, { start, priceCents: 5000, providerName: "Dr. Brandt", ...more }, BERLIN);

it("says how much earlier or later on the same day", () => {
    expect(offer("2026-11-23T09:30:00Z")).toEqual(["30 min later"]);
    expect(offer("2026-11-23T08:00:00Z")).toEqual(["1 h earlier"]);
    expect(offer("2026-11-23T10:45:00Z")).toEqual(["1 h 45 min later"]);
});

it("counts days by the reader's calendar, and says when the time is the same", () => {
    expect(offer("2026-11-24T09:00:00Z")).toEqual(["1 day later", "Same time"]);
    expect(offer("2026-11-26T13:00:00Z")).toEqual(["3 days later"]);
    expect(offer("2026-11-22T09:30:00Z")).toEqual(["1 day earlier"]);
    // Ten hours on, but past midnight in Auckland.
    const there = { start: "2026-11-23T19:00:00Z", priceCents: 5000 };
    expect(differences(wanted, there, "Pacific/Auckland")).toEqual(["1 day later"]);
});

it("says what costs more or less, and who it is with", () => {
    expect(offer("2026-11-23T09:00:00Z", { priceCents: 6000 })).toEqual([
        "Same time",
        "€10.00 more",
    ]);
    expect(offer("2026-11-23T09:00:00Z", { priceCents: 4500, providerName: "Dr. Weiß" })).toEqual([
        "Same time",
        "€5.00 less",
        "With Dr. Weiß",
    ]);
});

it("compares nothing that is not known", () => {
    const bare = { start: wanted.start, end: wanted.end };
    expect(differences(bare, { start: wanted.start, priceCents: 100, providerName: "X" })).toEqual([
        "Same time",
    ]);
});
