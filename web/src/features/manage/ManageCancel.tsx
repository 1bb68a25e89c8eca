import { Costs } from "~/features/appointments/CancelDialog";
import { whyText } from "~/features/appointments/useAct";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Notice } from "~/ui/Notice";
import { useCancel, type Managed } from "./managed";

type Props = { token: string; managed: Managed; onClose: () => void };

/** Asks before it cancels, and says what that costs and gives back. */
export function ManageCancel({ token, managed, onClose }: Props) {
    const { appointment, quote } = managed;
    const cancel = useCancel(token);
    return (
        <Dialog
            open
            onOpenChange={(open) => {
                if (!open) onClose();
            }}
            title={t("cancelDialog.title")}
            description={t("cancelDialog.about", {
                service: appointment.serviceTitle,
                provider: appointment.providerName,
                time: dayAndClock(appointment.start),
            })}
            footer={
                <>
                    <Button look="secondary" onClick={onClose}>
                        {t("cancelDialog.no")}
                    </Button>
                    <Button
                        look="danger"
                        busy={cancel.isPending}
                        disabled={!quote}
                        onClick={() =>
                            cancel.mutate({ version: appointment.version }, { onSuccess: onClose })
                        }
                    >
                        {t("cancelDialog.yes")}
                    </Button>
                </>
            }
        >
            {cancel.isError && <Notice tone="error">{whyText(cancel.error)}</Notice>}
            {quote && (
                <Costs {...quote} isFreeForNow={appointment.cancellationPolicy.feeCents > 0} />
            )}
        </Dialog>
    );
}
