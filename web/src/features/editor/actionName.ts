import type { Schemas } from "~/api/client";
import { t } from "~/text/staff";

/** What was done, in words; what is made without a slot is a request. */
export function actionName({ action, newStatus }: Schemas["AuditEntry"]): string {
    const isRequest = action === "created" && newStatus === "requested";
    return t(isRequest ? "timeline.action.requested" : `timeline.action.${action}`);
}
