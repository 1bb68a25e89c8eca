import { t } from "~/text/staff";
import type { FieldName } from "./draft";

/** "Notes, Priority" */
export function fieldNames(fields: readonly FieldName[]): string {
    const names: Record<FieldName, string> = {
        notes: t("editor.notes"),
        priority: t("editor.priority"),
        serviceId: t("editor.service"),
    };
    return fields.map((field) => names[field]).join(", ");
}
