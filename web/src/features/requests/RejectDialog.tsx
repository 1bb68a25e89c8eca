import { useState, type SyntheticEvent } from "react";
import { useToast } from "~/app/useToast";
import type { Appointment } from "~/features/appointments/queries";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { TextArea } from "~/ui/Field";
import { AnswerProblem } from "./AnswerProblem";
import { useReject } from "./queries";

function Rejecting({ request, onClose }: { request: Appointment; onClose: () => void }) {
    const [reason, setReason] = useState("");
    const [isMissing, setIsMissing] = useState(false);
    const reject = useReject();
    const toast = useToast();
    const submit = (event: SyntheticEvent) => {
        event.preventDefault();
        const why = reason.trim();
        setIsMissing(why === "");
        if (why === "") return;
        reject.mutate(
            { id: request.id, reason: why },
            {
                onSuccess: () => {
                    toast.done(t("requests.rejected", { name: request.userName }));
                    onClose();
                },
            },
        );
    };
    return (
        <form className="flex flex-col gap-4" onSubmit={submit} noValidate>
            {reject.isError && <AnswerProblem error={reject.error} />}
            <TextArea
                label={t("requests.reason")}
                hint={t("requests.reasonHint")}
                error={isMissing ? t("requests.reasonMissing") : undefined}
                maxLength={500}
                required
                value={reason}
                onChange={(event) => setReason(event.target.value)}
            />
            <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
                <Button look="secondary" onClick={onClose}>
                    {t("requests.keep")}
                </Button>
                <Button look="danger" type="submit" busy={reject.isPending}>
                    {t("requests.rejectYes")}
                </Button>
            </div>
        </form>
    );
}

type Props = { request: Appointment | null; onClose: () => void };

/** Turns a request down, with a reason. */
export function RejectDialog({ request, onClose }: Props) {
    return (
        <Dialog
            open={request !== null}
            onOpenChange={(isOpen) => {
                if (!isOpen) onClose();
            }}
            title={t("requests.rejectTitle", { name: request?.userName ?? "" })}
        >
            {request && <Rejecting key={request.id} request={request} onClose={onClose} />}
        </Dialog>
    );
}
