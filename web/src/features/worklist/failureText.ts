import { t, type TextKey } from "~/text/staff";

const KNOWN = ["locked", "invalid_transition", "not_found", "forbidden"];

/** Why something could not be done with a row, for a person. */
export function failureText(scenario: string): string {
    return t(`worklist.failed.${KNOWN.includes(scenario) ? scenario : "other"}` as TextKey);
}
