import type { FieldValues, Path, UseFormSetError } from "react-hook-form";
import { Problem } from "~/api/problem";

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
    for (const { field, message } of error.fieldErrors) {
        const shown = fields.find((one) => one === field);
        if (shown) setError(shown, { message }, { shouldFocus: true });
        else isAllShown = false;
    }
    return isAllShown;
}
