import { useState } from "react";
import { useMutation } from "@tanstack/react-query";
import { Copy, Link2 } from "lucide-react";
import { api, data, newKey } from "~/api/client";
import { useAppDispatch } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import { t } from "~/text/account";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";
import { forgetShares, madeShares, rememberShare } from "./shares";

type Props = { appointmentId: string; open: boolean; onOpenChange: (open: boolean) => void };

function useShares(appointmentId: string) {
    const [earlier, setEarlier] = useState(() => madeShares(appointmentId));
    const [url, setUrl] = useState<string | null>(null);
    const make = useMutation({
        mutationFn: (key: string) =>
            data(
                api.POST("/api/v1/appointments/{appointment_id}/share", {
                    params: { path: { appointment_id: appointmentId } },
                    headers: { "Idempotency-Key": key },
                }),
            ),
        retry: (count, error) => count < 2 && "status" in error && error.status === 0,
        onSuccess: (share) => {
            rememberShare(appointmentId, share.id);
            setEarlier(madeShares(appointmentId));
            setUrl(new URL(share.url, window.location.origin).href);
        },
    });
    const revoke = useMutation({
        mutationFn: async () => {
            for (const id of earlier) {
                await data(
                    api.DELETE("/api/v1/appointments/{appointment_id}/share/{share_id}", {
                        params: { path: { appointment_id: appointmentId, share_id: id } },
                    }),
                );
            }
        },
        onSuccess: () => {
            forgetShares(appointmentId);
            setEarlier([]);
            setUrl(null);
        },
    });
    return { earlier, url, make, revoke };
}

/** A link that shows the appointment to whoever has it, until it is revoked. */
export function ShareDialog({ appointmentId, open, onOpenChange }: Props) {
    const dispatch = useAppDispatch();
    const { earlier, url, make, revoke } = useShares(appointmentId);
    const hidden = url === null ? earlier.length : earlier.length - 1;
    const error = make.error ?? revoke.error;
    return (
        <Dialog
            open={open}
            onOpenChange={onOpenChange}
            title={t("share.title")}
            description={t("share.text")}
            footer={
                <>
                    {earlier.length > 0 && (
                        <Button
                            look="danger"
                            busy={revoke.isPending}
                            onClick={() =>
                                revoke.mutate(undefined, {
                                    onSuccess: () => dispatch(toastShown(t("share.revoked"))),
                                })
                            }
                        >
                            {t("share.revoke")}
                        </Button>
                    )}
                    {url === null && (
                        <Button busy={make.isPending} onClick={() => make.mutate(newKey())}>
                            <Link2 aria-hidden size={18} />
                            {t(earlier.length > 0 ? "share.another" : "share.make")}
                        </Button>
                    )}
                </>
            }
        >
            {error && <ErrorNotice error={error} />}
            {url !== null && <LinkField url={url} />}
            {hidden > 0 && <p>{t("share.earlier", { count: hidden })}</p>}
        </Dialog>
    );
}

function LinkField({ url }: { url: string }) {
    const dispatch = useAppDispatch();
    const copy = async () => {
        await navigator.clipboard.writeText(url);
        dispatch(toastShown(t("app.copied")));
    };
    return (
        <div className="flex flex-col gap-2 sm:flex-row sm:items-end">
            <Field
                label={t("share.link")}
                readOnly
                value={url}
                className="min-w-0 flex-1"
                onFocus={(event) => event.target.select()}
            />
            {/* Without https there is no clipboard for pages; the text can be selected. */}
            {"clipboard" in navigator && (
                <Button look="secondary" onClick={() => void copy()}>
                    <Copy aria-hidden size={18} />
                    {t("share.copy")}
                </Button>
            )}
        </div>
    );
}
