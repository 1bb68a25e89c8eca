import { useState } from "react";
import { useMutation } from "@tanstack/react-query";
import { Copy, Link2Off } from "lucide-react";
import { api, data, newKey } from "~/api/client";
import { useAppDispatch } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";
import type { DialogProps } from "./Actions";

/** A link that shows time and place to whoever has it; it can be taken back at once. */
export function ShareDialog({ appointment, onClose }: DialogProps) {
    const dispatch = useAppDispatch();
    const [key] = useState(newKey);
    const path = { appointment_id: appointment.id };
    const share = useMutation({
        mutationFn: () =>
            data(
                api.POST("/api/v1/appointments/{appointment_id}/share", {
                    params: { path },
                    headers: { "Idempotency-Key": key },
                }),
            ),
    });
    const revoke = useMutation({
        mutationFn: (shareId: string) =>
            data(
                api.DELETE("/api/v1/appointments/{appointment_id}/share/{share_id}", {
                    params: { path: { ...path, share_id: shareId } },
                }),
            ),
        onSuccess: () => {
            dispatch(toastShown(t("editor.shareRevoked")));
            onClose();
        },
    });
    const made = share.data;
    const error = share.error ?? revoke.error;
    const copy = async (url: string) => {
        await navigator.clipboard.writeText(url);
        dispatch(toastShown(t("app.copied")));
    };
    return (
        <Dialog
            open
            onOpenChange={(open) => {
                if (!open) onClose();
            }}
            title={t("editor.shareTitle")}
            description={t("editor.shareText")}
            footer={
                made ? (
                    <>
                        <Button
                            look="danger"
                            busy={revoke.isPending}
                            onClick={() => revoke.mutate(made.id)}
                        >
                            <Link2Off aria-hidden size={18} />
                            {t("editor.shareRevoke")}
                        </Button>
                        {"clipboard" in navigator && (
                            <Button onClick={() => void copy(made.url)}>
                                <Copy aria-hidden size={18} />
                                {t("editor.shareCopy")}
                            </Button>
                        )}
                    </>
                ) : (
                    <Button busy={share.isPending} onClick={() => share.mutate()}>
                        {t("editor.shareMake")}
                    </Button>
                )
            }
        >
            {made && (
                <Field
                    label={t("editor.shareLink")}
                    readOnly
                    value={made.url}
                    onFocus={(event) => event.target.select()}
                />
            )}
            {error && <ErrorNotice error={error} />}
        </Dialog>
    );
}
