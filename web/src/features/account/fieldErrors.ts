import type { FieldValues, Path, UseFormSetError } from "react-hook-form";
import { Problem, type FieldError } from "~/api/problem";
import { t } from "~/text/account";

/** What the server says of a password stands without its subject. */
export function fieldText({ field, message }: FieldError): string {
    if (field === "current") return t("password.wrong");
    if (field === "new" || field === "password") return t("password.refused", { why: message });
    return message;
}

/**
 * Shows what the server says of single fields beside them.
 * @returns whether all that it said is shown so
 */
export function showFieldErrors<T extends FieldValues>(
    error: unknown,
    fields: readonly Path<T>[],
    setError: UseFormSetError<T>,
): boolean {
    if (!(error instanceof Problem) || error.fieldErrors.length === 0) return false;
    let isAllShown = true;
    for (const one of error.fieldErrors) {
        const shown = fields.find((name) => name === one.field);
        if (shown) setError(shown, { message: fieldText(one) }, { shouldFocus: true });
        else isAllShown = false;
    }
    return isAllShown;
}
