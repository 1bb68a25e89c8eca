import { tabStorage } from "~/lib/storage";
import { FIELDS, type Draft } from "./draft";

/**
 * Unsaved edits outlive a reload and a look at another page, but not the tab: they may hold what
 * only the person at this window should read.
 */
const keyOf = (userId: string, appointmentId: string) =>
    `holdfast.draft.${userId}.${appointmentId}`;

function isDraft(value: unknown): value is Draft {
    const draft = value as Partial<Draft> | null;
    return (
        typeof draft?.etag === "string" &&
        typeof draft.reason === "string" &&
        typeof draft.edits === "object" &&
        typeof draft.began === "object" &&
        FIELDS.every((field) => typeof draft.began?.[field] === "string")
    );
}

export function keptDraft(userId: string, appointmentId: string): Draft | null {
    try {
        const text = tabStorage.getItem(keyOf(userId, appointmentId));
        const value: unknown = text === null ? null : JSON.parse(text);
        return isDraft(value) ? value : null;
    } catch {
        return null;
    }
}

export function keepDraft(userId: string, appointmentId: string, draft: Draft | null): void {
    const key = keyOf(userId, appointmentId);
    if (draft === null) tabStorage.removeItem(key);
    else tabStorage.setItem(key, JSON.stringify(draft));
}
