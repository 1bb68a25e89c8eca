import { expect, it } from "vitest";
import { Problem, waitText } from "./problem";

it("says how long to wait in the unit that people use, never too short", () => {
    expect([0, 1, 40, 99].map(waitText)).toEqual([
        "a second",
        "a second",
        "40 seconds",
        "99 seconds",
    ]);
    expect([100, 180, 181, 5400].map(waitText)).toEqual([
        "2 minutes",
        "3 minutes",
        "4 minutes",
        "90 minutes",
    ]);
    expect([6000, 7200, 86_400, 172_800, 900_000].map(waitText)).toEqual([
        "2 hours",
        "2 hours",
        "24 hours",
        "2 days",
        "11 days",
    ]);
});

it("tells who tried too often when to try again", () => {
    const problem = new Problem(429, { scenario: "rate_limited", detail: "Slow down." }, 180);
    expect(problem.text).toBe("Too many tries. Try again in 3 minutes.");
});

const refused = (scenario: string, details: object, wait = 0) =>
    new Problem(429, { scenario, details, detail: "No." }, wait).text;

it("says how many one has and may have", () => {
    expect(refused("too_many_appointments", { limit: 10, status: "confirmed" })).toContain(
        "You have 10 appointments to come",
    );
    expect(refused("too_many_appointments", { limit: 5, status: "requested" })).toContain(
        "5 requests of yours are waiting",
    );
});

it("says why no more is reserved, and how long that lasts", () => {
    const reserve = (details: object) => refused("too_many_reservations", details, 120);
    expect(reserve({ reason: "reservations", limit: 3 })).toContain("You hold 3 times already");
    expect(reserve({ reason: "cooling_down" })).toBe(
        "You have held this time for as long as you may. Choose another, or try again in 2 minutes.",
    );
    expect(reserve({ reason: "idle", limit: 10 })).toContain("let 10 times go unbooked");
});

it("knows the other appointment of an overlap, and of nothing else", () => {
    const details = { appointmentId: "a1", start: "s", end: "e" };
    const other = (scenario: string) => new Problem(409, { scenario, details }).overlapping;
    expect(other("client_overlap")).toEqual({ id: "a1", start: "s", end: "e" });
    expect(other("slot_booked")).toBeUndefined();
});
