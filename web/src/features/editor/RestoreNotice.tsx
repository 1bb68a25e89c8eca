import { useState } from "react";
import { newKey } from "~/api/client";
import { Problem } from "~/api/problem";
import type { Appointment } from "~/features/appointments/queries";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { restore, useAction } from "./useActions";

type Props = { appointment: Appointment; isAdmin: boolean };

/** A deleted appointment says so; administrators can bring it back. */
export function RestoreNotice({ appointment, isAdmin }: Props) {
    const [key] = useState(newKey);
    const action = useAction(restore, {
        appointment,
        done: t("editor.restored"),
        onDone: () => undefined,
    });
    const alternatives = action.error instanceof Problem ? action.error.alternatives : [];
    return (
        <>
            <Notice
                tone="warning"
                action={
                    isAdmin && (
                        <Button
                            look="secondary"
                            size="small"
                            busy={action.isPending}
                            onClick={() => action.mutate({ reason: "", key })}
                        >
                            {t("editor.restore")}
                        </Button>
                    )
                }
            >
                {t(isAdmin ? "editor.deleted" : "editor.deletedForGood")}
            </Notice>
            {action.error && <ErrorNotice error={action.error} />}
            {alternatives.length > 0 && (
                <p className="text-muted">
                    {t("editor.restoreElsewhere", {
                        times: alternatives.map(({ start }) => dayAndClock(start)).join("; "),
                    })}
                </p>
            )}
        </>
    );
}
