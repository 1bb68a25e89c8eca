import { describe, expect, it } from "vitest";
import { ended, newRun, progress, total, withBatch, type Batch, type CheckInfo } from "./integrity";

const info = (name: string, rowsEstimated: number | null, inParts = true): CheckInfo => ({
    name,
    invariant: "I1",
    title: name,
    inParts,
    rowsEstimated,
});
const batch = (check: string, rows: number, nextCursor: string | null, wrong = 0): Batch => ({
    check,
    rows,
    nextCursor,
    violationCount: wrong,
    violations: Array.from({ length: Math.min(wrong, 100) }, (_, index) => ({
        invariant: "I1",
        table: "slots",
        id: String(index),
        what: "is wrong",
    })),
});

describe("a run", () => {
    const run = newRun([info("slots", 100), info("events", null, false), info("rights", null)]);

    it("leaves out what cannot be checked in parts", () => {
        expect(run.checks.map((check) => check.info.name)).toEqual(["slots", "rights"]);
        expect(progress(run)).toBe(0);
    });

    it("adds up its batches", () => {
        const half = withBatch(run, batch("slots", 50, "more", 300));
        expect(half.checks[0]).toMatchObject({ phase: "running", rows: 50, violationCount: 300 });
        expect(progress(half)).toBe(0.25);
        const whole = withBatch(
            withBatch(half, batch("slots", 60, null)),
            batch("rights", 24, null),
        );
        expect(whole.checks[0]?.phase).toBe("done");
        expect(progress(whole)).toBe(1);
        expect(total(whole)).toEqual({ rows: 134, violations: 300, done: 2 });
    });

    it("never claims to be ready before it is, whatever was estimated", () => {
        expect(progress(withBatch(run, batch("slots", 5000, "more")))).toBeLessThan(0.5);
    });

    it("says of a check that it was stopped in the middle", () => {
        const stopped = ended(withBatch(run, batch("slots", 50, "more")), "stopped");
        expect(stopped.checks.map(({ phase }) => phase)).toEqual(["stopped", "waiting"]);
    });
});
