import { useQueryClient } from "@tanstack/react-query";
import type { Appointment } from "~/features/appointments/queries";
import { ActionDialog } from "~/features/editor/ActionDialog";
import { reopen, useAction } from "~/features/editor/useActions";
import { t } from "~/text/staff";
import { SLOTS } from "./queries";

type Props = { appointment: Appointment; onClose: () => void; onDone: () => void };

/** The visit was not over, or the client did come: history is to say why. */
export function ReopenDialog({ appointment, onClose, onDone }: Props) {
    const client = useQueryClient();
    const action = useAction(reopen, {
        appointment,
        done: t("editor.end.reopen.done"),
        onDone: () => {
            // One that was missed has its slot back.
            void client.invalidateQueries({ queryKey: SLOTS });
            onDone();
        },
    });
    return (
        <ActionDialog
            title={t("editor.end.reopen.title", { name: appointment.userName })}
            description={t(
                appointment.status === "no_show"
                    ? "editor.end.reopen.textMissed"
                    : "editor.end.reopen.text",
            )}
            confirm={t("editor.end.reopen.yes")}
            needsReason
            busy={action.isPending}
            error={action.error}
            onClose={onClose}
            onConfirm={(tap) => action.mutate(tap)}
        />
    );
}
