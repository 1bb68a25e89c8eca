import type { Schemas } from "~/api/client";

export type CheckInfo = Schemas["IntegrityCheck"];
export type Batch = Schemas["IntegrityBatch"];
export type Violation = Schemas["IntegrityViolation"];

export type CheckState = {
    info: CheckInfo;
    /** waiting, running, done; stopped in the middle; failed when the server did not answer. */
    phase: "waiting" | "running" | "done" | "stopped" | "failed";
    rows: number;
    violationCount: number;
    violations: Violation[];
};
export type Run = { checks: CheckState[]; phase: "running" | "done" | "stopped" | "failed" };

const KEPT_VIOLATIONS = 200;

/** A run of everything that can be checked in parts. */
export function newRun(checks: CheckInfo[]): Run {
    return {
        phase: "running",
        checks: checks
            .filter(({ inParts }) => inParts)
            .map((info) => ({
                info,
                phase: "waiting",
                rows: 0,
                violationCount: 0,
                violations: [],
            })),
    };
}

function change(run: Run, name: string, with_: (check: CheckState) => CheckState): Run {
    return {
        ...run,
        checks: run.checks.map((check) => (check.info.name === name ? with_(check) : check)),
    };
}

/** Takes in what one batch found. */
export function withBatch(run: Run, batch: Batch): Run {
    return change(run, batch.check, (check) => ({
        ...check,
        phase: batch.nextCursor === null ? "done" : "running",
        rows: check.rows + batch.rows,
        violationCount: check.violationCount + batch.violationCount,
        violations: [...check.violations, ...batch.violations].slice(0, KEPT_VIOLATIONS),
    }));
}

/** The end of a run: what was in work when it ended has been looked at in part only. */
export function ended(run: Run, phase: Run["phase"]): Run {
    const how = phase === "failed" ? "failed" : "stopped";
    return {
        phase,
        checks: run.checks.map((check) =>
            check.phase === "running" ? { ...check, phase: how } : check,
        ),
    };
}

/** How far a run is, 0 to 1; by rows where their number is known, by checks else. */
export function progress(run: Run): number {
    const parts = run.checks.map(({ phase, rows, info }) => {
        if (phase === "done") return 1;
        return info.rowsEstimated ? Math.min(0.99, rows / info.rowsEstimated) : 0;
    });
    return parts.reduce((sum, part) => sum + part, 0) / Math.max(1, parts.length);
}

export function total(run: Run): { rows: number; violations: number; done: number } {
    return {
        rows: run.checks.reduce((sum, { rows }) => sum + rows, 0),
        violations: run.checks.reduce((sum, { violationCount }) => sum + violationCount, 0),
        done: run.checks.filter(({ phase }) => phase === "done").length,
    };
}
