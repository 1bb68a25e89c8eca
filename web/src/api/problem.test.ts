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
