import { CircleCheck, HandHeart } from "lucide-react";
import { useQueryClient } from "@tanstack/react-query";
import { useAppDispatch } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import { useQueuedOf } from "~/offline";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { appointmentKey, type Appointment, type AppointmentWithAudit } from "./queries";
import { useAct, whyText } from "./useAct";

type Kept = { value: AppointmentWithAudit; etag: string };

/** One tap says that one will come; shown at once, and taken back when it could not be sent. */
export function Attendance({ appointment }: { appointment: Appointment }) {
    const { id, providerName: provider, clientConfirmedAt } = appointment;
    const client = useQueryClient();
    const dispatch = useAppDispatch();
    const act = useAct(appointment);
    const isQueued = useQueuedOf(id).some((item) => item.change.kind === "attend");
    const show = (at: string | null) =>
        client.setQueryData<Kept>(
            appointmentKey(id),
            (kept) => kept && { ...kept, value: { ...kept.value, clientConfirmedAt: at } },
        );
    const confirm = () => {
        show(new Date().toISOString());
        act.mutate(
            { kind: "attend", appointmentId: id },
            {
                onSuccess: (done) => {
                    if (done === "queued") show(null);
                },
                onError: (error) => {
                    show(null);
                    const why = whyText(error);
                    dispatch(toastShown(t("appointments.attendFailed", { why }), "failed"));
                },
            },
        );
    };
    if (clientConfirmedAt) {
        return (
            <p role="status" className="flex items-center gap-2 font-medium text-accent">
                <CircleCheck aria-hidden size={20} className="shrink-0" />
                {t("appointments.attended", { provider })}
            </p>
        );
    }
    return (
        <div className="flex flex-wrap items-center justify-between gap-3 rounded-card bg-accent-soft p-4">
            <p className="font-medium text-accent">{t("appointments.attendText", { provider })}</p>
            <Button disabled={isQueued} onClick={confirm}>
                <HandHeart aria-hidden size={18} />
                {t("appointments.attend")}
            </Button>
        </div>
    );
}
