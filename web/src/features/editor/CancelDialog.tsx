import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { api, data } from "~/api/client";
import { appointmentKey } from "~/features/appointments/queries";
import { money } from "~/lib/money";
import { dayAndClock } from "~/lib/time";
import { useNow } from "~/lib/useNow";
import { t } from "~/text/staff";
import { ErrorNotice } from "~/ui/Notice";
import { Skeleton } from "~/ui/Skeleton";
import { ActionDialog } from "./ActionDialog";
import { cancel, useAction } from "./useActions";
import type { DialogProps } from "./Actions";

/** Cancelling, with what it costs the client; staff may waive that. */
export function CancelDialog({ appointment, onClose, onLocked }: DialogProps) {
    const [waiveFee, setWaiveFee] = useState(false);
    const quote = useQuery({
        queryKey: [...appointmentKey(appointment.id), "cancellation"],
        staleTime: 0,
        queryFn: () =>
            data(
                api.GET("/api/v1/appointments/{appointment_id}/cancellation", {
                    params: { path: { appointment_id: appointment.id } },
                }),
            ),
    });
    const action = useAction(cancel, {
        appointment,
        done: t("editor.cancelled"),
        onDone: onClose,
        onLocked,
    });
    const { feeCents = 0, refundCents = 0, refundableUntil, currency = "EUR" } = quote.data ?? {};
    const now = useNow(15_000);
    const hasBegun = appointment.status === "confirmed" && Date.parse(appointment.start) <= now;
    const charged = waiveFee ? 0 : feeCents;
    return (
        <ActionDialog
            title={t("editor.cancelTitle")}
            description={t("editor.cancelText", {
                name: appointment.userName,
                time: dayAndClock(appointment.start),
            })}
            confirm={t("editor.cancelYes")}
            keep={t("editor.cancelNo")}
            isDangerous
            isReady={quote.isSuccess}
            needsReason={hasBegun}
            busy={action.isPending}
            error={action.error}
            onClose={onClose}
            onConfirm={(tap) => action.mutate({ ...tap, waiveFee })}
        >
            {quote.isPending && <Skeleton rows={1} />}
            {quote.error && (
                <ErrorNotice error={quote.error} onRetry={() => void quote.refetch()} />
            )}
            {quote.isSuccess && (
                <div className="rounded-xl bg-sunken p-4">
                    <dl className="grid grid-cols-[1fr_auto] gap-x-6 gap-y-1">
                        <dt>{t("editor.fee")}</dt>
                        <dd className="text-right font-semibold tabular-nums">
                            {money(charged, currency)}
                        </dd>
                        <dt>{t("editor.refund")}</dt>
                        <dd className="text-right font-semibold tabular-nums">
                            {money(refundCents + feeCents - charged, currency)}
                        </dd>
                    </dl>
                    {refundableUntil && (
                        <p className="mt-2 text-sm text-muted">
                            {t("editor.freeUntil", { time: dayAndClock(refundableUntil) })}
                        </p>
                    )}
                    {feeCents > 0 && (
                        <label className="mt-3 flex min-h-11 items-center gap-3 font-medium">
                            <input
                                type="checkbox"
                                checked={waiveFee}
                                onChange={(event) => setWaiveFee(event.target.checked)}
                                className="size-5 accent-accent"
                            />
                            {t("editor.waive", { fee: money(feeCents, currency) })}
                        </label>
                    )}
                </div>
            )}
        </ActionDialog>
    );
}
