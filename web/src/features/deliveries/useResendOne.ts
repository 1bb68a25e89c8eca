import { useToast } from "~/app/useToast";
import { t } from "~/text/steering";
import { useResend } from "./queries";
import { reasonText } from "./words";

/** Sends one message again and says what became of that. */
export function useResendOne() {
    const resend = useResend();
    const toast = useToast();
    return {
        pendingId: resend.isPending ? resend.variables : null,
        resend: (id: string, onDone?: (newId: string) => void) =>
            resend.mutate(id, {
                onSuccess: ({ id: newId, state, reason }) => {
                    toast.done(
                        state === "suppressed"
                            ? t("deliveries.resentNot", { reason: reasonText(reason ?? "") })
                            : t("deliveries.resentOne"),
                    );
                    onDone?.(newId);
                },
                onError: toast.failed,
            }),
    };
}
