import type { AppointmentWithAudit } from "~/features/appointments/queries";
import { useUser } from "~/features/account/session";
import { money } from "~/lib/money";
import { t } from "~/text/staff";
import { ActionDialog } from "./ActionDialog";
import { complete, noShow, remove, reopen, useAction } from "./useActions";
import type { DialogProps } from "./Actions";

export type Ending = "complete" | "no_show" | "reopen" | "delete";
const CALLS = { complete, no_show: noShow, reopen, delete: remove };

/** The fee for not coming that was agreed when the appointment was made. */
function noShowFee(appointment: AppointmentWithAudit): number {
    let fee = 0;
    for (const { changes } of appointment.audit)
        if (changes.noShowFeeCents) fee = Number(changes.noShowFeeCents.to ?? 0);
    return fee;
}

/** The visit is over, the client did not come, it was not over after all, or the appointment is to be
 * gone. */
export function EndDialog(props: DialogProps & { ending: Ending }) {
    const { appointment, ending, onClose, onLocked } = props;
    const isAdmin = useUser().role === "admin";
    const action = useAction(CALLS[ending], {
        appointment,
        done: t(`editor.end.${ending}.done`),
        onDone: onClose,
        onLocked,
    });
    const text = {
        complete: t("editor.end.complete.text"),
        no_show: t("editor.end.no_show.text", {
            fee: money(noShowFee(appointment), appointment.currency),
        }),
        reopen: t(
            appointment.status === "no_show"
                ? "editor.end.reopen.textMissed"
                : "editor.end.reopen.text",
        ),
        delete: t(isAdmin ? "editor.end.delete.textAdmin" : "editor.end.delete.text"),
    };
    return (
        <ActionDialog
            title={t(`editor.end.${ending}.title`, { name: appointment.userName })}
            description={text[ending]}
            confirm={t(`editor.end.${ending}.yes`)}
            isDangerous={ending === "no_show" || ending === "delete"}
            needsReason={ending === "reopen"}
            busy={action.isPending}
            error={action.error}
            onClose={onClose}
            onConfirm={(tap) => action.mutate(tap)}
        />
    );
}
