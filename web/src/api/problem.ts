import type { components } from "./schema";
import { t, type TextKey } from "~/text";

export type Lock = components["schemas"]["EditLock"];

export type FieldError = { field: string; message: string };

/** Refusals that people meet while they book, in the app's words. */
const WORDS: Record<string, TextKey> = {
    client_overlap: "problem.clientOverlap",
    no_longer_offered: "problem.noLongerOffered",
};

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 40 seconds, 3 minutes, 2 hours, 4 days: never shorter than it is. */
export function waitText(seconds: number): string {
    const unit = [
        { size: 1, below: 100, key: "problem.wait.seconds" },
        { size: MINUTE, below: 100 * MINUTE, key: "problem.wait.minutes" },
        { size: HOUR, below: 2 * DAY, key: "problem.wait.hours" },
        { size: DAY, below: Infinity, key: "problem.wait.days" },
    ] as const;
    const { size, key } = unit.find(({ below }) => seconds < below) ?? unit[0];
    return t(key, { count: Math.max(1, Math.ceil(seconds / size)) });
}

/** Of what there is too much, how much may be, and until when to wait. */
function detailedText(
    scenario: string,
    details: Record<string, unknown>,
    retryAfterSeconds: number,
): string | undefined {
    const values = { count: Number(details.limit ?? 0), wait: waitText(retryAfterSeconds) };
    if (scenario === "too_many_appointments")
        return t(
            details.status === "requested"
                ? "problem.tooManyRequests"
                : "problem.tooManyAppointments",
            values,
        );
    if (scenario !== "too_many_reservations") return undefined;
    if (details.reason === "cooling_down") return t("problem.coolingDown", values);
    if (details.reason === "idle") return t("problem.tooManyIdle", values);
    return t("problem.tooManyReservations", values);
}

/** A refusal of the server (RFC 9457, SPEC 4.9), or `network` when there was no answer at all. */
export class Problem extends Error {
    readonly status: number;
    readonly scenario: string;
    readonly details: Record<string, unknown>;
    readonly recoverable: boolean;
    readonly retryAfterSeconds: number;
    /** The whole document: `lock`, `currentVersion` and `currentData` lie at its top level. */
    readonly document: Record<string, unknown>;

    constructor(status: number, document: Record<string, unknown>, retryAfterSeconds = 0) {
        super(typeof document.detail === "string" ? document.detail : t("problem.unexpected"));
        this.name = "Problem";
        this.status = status;
        this.scenario = typeof document.scenario === "string" ? document.scenario : "unexpected";
        this.details = (document.details ?? {}) as Record<string, unknown>;
        this.recoverable = document.recoverable !== false;
        this.retryAfterSeconds = retryAfterSeconds;
        this.document = document;
    }

    get lock(): Lock | undefined {
        return this.document.lock as Lock | undefined;
    }

    get alternatives(): components["schemas"]["Timeslot"][] {
        return (this.details.alternatives ?? []) as components["schemas"]["Timeslot"][];
    }

    get fieldErrors(): FieldError[] {
        return (this.details.errors ?? []) as FieldError[];
    }

    /** What to tell a person. */
    get text(): string {
        if (this.scenario === "network") return t("problem.network");
        if (this.scenario === "rate_limited")
            return t("problem.rateLimited", { wait: waitText(this.retryAfterSeconds) });
        const told = detailedText(this.scenario, this.details, this.retryAfterSeconds);
        if (told) return told;
        const key = WORDS[this.scenario];
        return key ? t(key) : this.message;
    }

    /** The appointment, or request, that is at this time already. */
    get overlapping(): { id: string; start: string; end: string } | undefined {
        const { appointmentId, start, end } = this.details;
        if (this.scenario !== "client_overlap" || typeof appointmentId !== "string")
            return undefined;
        return { id: appointmentId, start: String(start), end: String(end) };
    }
}

export function networkProblem(): Problem {
    return new Problem(0, { scenario: "network", detail: t("problem.network") });
}

export function problemText(error: unknown): string {
    return error instanceof Problem ? error.text : t("problem.unexpected");
}
