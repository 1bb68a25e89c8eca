import { browserStorage } from "~/lib/storage";

/**
 * Which links this browser made, so that they can be revoked later. The server shows a link's
 * secret once and lists none; only the ids are kept, which open nothing.
 */
const KEY = "holdfast.shares";

type Made = Record<string, string[]>;

function read(): Made {
    try {
        return JSON.parse(browserStorage.getItem(KEY) ?? "{}") as Made;
    } catch {
        return {};
    }
}

function write(made: Made): void {
    browserStorage.setItem(KEY, JSON.stringify(made));
}

export function madeShares(appointmentId: string): string[] {
    return read()[appointmentId] ?? [];
}

export function rememberShare(appointmentId: string, shareId: string): void {
    write({ ...read(), [appointmentId]: [...madeShares(appointmentId), shareId] });
}

export function forgetShares(appointmentId: string): void {
    write({ ...read(), [appointmentId]: [] });
}
