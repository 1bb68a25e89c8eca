import { Problem } from "~/api/problem";
import { t, type TextKey } from "~/text/calendars";

export type Collection = { url: string; name: string };
type Field = "url" | "username" | "password";
const FIELDS: Field[] = ["url", "username", "password"];

/** Refusals that are about one field, and what a person can do about them. */
const AT_FIELD: Record<string, { field: Field; text: TextKey }> = {
    calendar_unauthorized: { field: "password", text: "calendars.problem.unauthorized" },
    calendar_unreachable: { field: "url", text: "calendars.problem.unreachable" },
    calendar_not_found: { field: "url", text: "calendars.problem.notFound" },
    url_not_allowed: { field: "url", text: "calendars.problem.notAllowed" },
};

/** The calendars that were found where one was looked for. */
export function collectionsOf(problem: Problem): Collection[] {
    return (problem.details.collections ?? []) as Collection[];
}

/** What is wrong with a field; nothing while there are calendars to choose from. */
export function fieldError(error: unknown, field: Field): string | undefined {
    if (!(error instanceof Problem) || collectionsOf(error).length > 0) return undefined;
    const told = AT_FIELD[error.scenario];
    if (told) return told.field === field ? t(told.text) : undefined;
    return error.fieldErrors.find((one) => one.field === field)?.message;
}

/** Whether all that there is to say of a refusal is said elsewhere than in a notice. */
export function isShownAtField(error: unknown): boolean {
    if (error instanceof Problem && collectionsOf(error).length > 0) return true;
    return FIELDS.some((field) => fieldError(error, field) !== undefined);
}
