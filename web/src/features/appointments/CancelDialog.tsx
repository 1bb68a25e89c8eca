import { useQuery } from "@tanstack/react-query";
import { api, data } from "~/api/client";
import { Problem } from "~/api/problem";
import { useAppDispatch } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import { money } from "~/lib/money";
import { dayAndClock } from "~/lib/time";
import { useIsOffline } from "~/offline";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Notice } from "~/ui/Notice";
import { Skeleton } from "~/ui/Skeleton";
import type { Appointment } from "./queries";
import { useAct, whyText } from "./useAct";

type Props = {
    appointment: Appointment;
    open: boolean;
    onOpenChange: (open: boolean) => void;
};

/** What a cancel costs now, as the server reckons. */
function useQuote({ id, version }: Appointment, isWanted: boolean) {
    return useQuery({
        queryKey: ["cancellation", id, version],
        queryFn: () =>
            data(
                api.GET("/api/v1/appointments/{appointment_id}/cancellation", {
                    params: { path: { appointment_id: id } },
                }),
            ),
        enabled: isWanted,
        // A fee begins at a certain minute: what was shown earlier may be wrong now.
        staleTime: 0,
        gcTime: 0,
    });
}

/** Asks before it cancels, and says what that costs and gives back. */
export function CancelDialog({ appointment, open, onOpenChange }: Props) {
    const { serviceTitle, providerName, start } = appointment;
    const isOffline = useIsOffline();
    const quote = useQuote(appointment, open && !isOffline);
    const act = useAct(appointment);
    const dispatch = useAppDispatch();
    const hasQuote = quote.data !== undefined;
    const cancel = () =>
        act.mutate(
            { kind: "cancel", appointmentId: appointment.id, version: appointment.version },
            {
                onSuccess: (done) => {
                    onOpenChange(false);
                    if (done === "queued") return;
                    const fee = money(done.feeCents ?? 0, appointment.currency);
                    const key = done.feeCents ? "cancelDialog.doneFee" : "cancelDialog.done";
                    dispatch(toastShown(t(key, { fee })));
                },
            },
        );
    const isStale = act.error instanceof Problem && act.error.status === 412;
    return (
        <Dialog
            open={open}
            onOpenChange={onOpenChange}
            title={t("cancelDialog.title")}
            description={t("cancelDialog.about", {
                service: serviceTitle,
                provider: providerName,
                time: dayAndClock(start),
            })}
            footer={
                <>
                    <Button look="secondary" onClick={() => onOpenChange(false)}>
                        {t("cancelDialog.no")}
                    </Button>
                    <Button
                        look="danger"
                        busy={act.isPending}
                        disabled={!hasQuote && quote.isFetching}
                        onClick={cancel}
                    >
                        {t("cancelDialog.yes")}
                    </Button>
                </>
            }
        >
            {act.isError && (
                <Notice tone="error">
                    {isStale ? t("cancelDialog.changed") : whyText(act.error)}
                </Notice>
            )}
            {quote.data ? (
                <Costs {...quote.data} isFreeForNow={appointment.cancellationPolicy.feeCents > 0} />
            ) : isOffline || quote.isError ? (
                <Notice tone="warning">
                    {t("cancelDialog.offline", {
                        time: dayAndClock(appointment.cancellationPolicy.refundableUntil),
                        fee: money(appointment.cancellationPolicy.feeCents, appointment.currency),
                    })}
                </Notice>
            ) : (
                <Skeleton rows={1} />
            )}
        </Dialog>
    );
}

type Quote = {
    feeCents: number;
    refundCents: number;
    refundableUntil: string;
    currency: string;
    /** A later cancel costs something. */
    isFreeForNow: boolean;
};

/** The fee, and what one gets back. */
export function Costs({ feeCents, refundCents, refundableUntil, currency, isFreeForNow }: Quote) {
    const time = dayAndClock(refundableUntil);
    return (
        <div className="flex flex-col gap-3">
            <p>
                {feeCents > 0
                    ? t("cancelDialog.late", { time })
                    : isFreeForNow
                      ? t("cancelDialog.freeUntil", { time })
                      : t("cancelDialog.free")}
            </p>
            <dl className="grid grid-cols-2 gap-3">
                {(
                    [
                        ["cancelDialog.fee", feeCents],
                        ["cancelDialog.refund", refundCents],
                    ] as const
                ).map(([name, cents]) => (
                    <div key={name} className="rounded-xl bg-sunken px-4 py-3">
                        <dt className="text-sm text-muted">{t(name)}</dt>
                        <dd className="text-xl font-bold tabular-nums">{money(cents, currency)}</dd>
                    </div>
                ))}
            </dl>
        </div>
    );
}
