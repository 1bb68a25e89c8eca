import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useToast } from "~/app/useToast";
import { deviceOf } from "~/features/account/devices";
import { useUser } from "~/features/account/session";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/account";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { canPush, endPush, keptPush, pushDevices, turnOn } from "./push";

const DEVICES = ["push-devices"] as const;

/** Messages on this device, asked for by a tap, and the devices that get them. */
export function PushDevices() {
    const { id: userId } = useUser();
    const client = useQueryClient();
    const toast = useToast();
    const kept = useQuery({
        queryKey: [...DEVICES, userId],
        staleTime: 0,
        queryFn: () => pushDevices(userId),
    });
    const fetchAgain = () => client.invalidateQueries();
    const start = useMutation({
        mutationFn: () => turnOn(userId),
        onSettled: fetchAgain,
    });
    const end = useMutation({
        mutationFn: (id: string) => endPush(userId, id),
        onError: toast.failed,
        onSettled: fetchAgain,
    });
    const here = keptPush(userId)?.id;
    const devices = kept.data?.items ?? [];
    const isOnHere = devices.some(({ id }) => id === here);
    return (
        <section aria-label={t("push.title")} className="flex flex-col gap-3">
            <h3 className="font-medium">{t("push.title")}</h3>
            {!isOnHere && (
                <>
                    <p className="text-sm text-muted">{t("push.reason")}</p>
                    {canPush() ? (
                        <Button
                            look="secondary"
                            className="self-start"
                            busy={start.isPending}
                            onClick={() => start.mutate()}
                        >
                            {t("push.turnOn")}
                        </Button>
                    ) : (
                        <p className="text-sm">{t("push.cannot")}</p>
                    )}
                </>
            )}
            {start.data === "denied" && <Notice tone="warning">{t("push.denied")}</Notice>}
            {start.isError && <ErrorNotice error={start.error} />}
            {kept.isError && <ErrorNotice error={kept.error} onRetry={() => void kept.refetch()} />}
            {devices.length > 0 && (
                <ul aria-label={t("push.devices")} className="flex flex-col divide-y divide-line">
                    {devices.map(({ id, userAgent, createdAt }) => {
                        const device = deviceOf({ kind: "cookie", userAgent });
                        return (
                            <li key={id} className="flex items-center gap-3 py-3">
                                <div className="min-w-0 flex-1">
                                    <p className="flex flex-wrap items-center gap-2 wrap-anywhere">
                                        {device}
                                        {id === here && (
                                            <Badge tone="accent">{t("signIns.this")}</Badge>
                                        )}
                                    </p>
                                    <p className="text-sm text-muted tabular-nums">
                                        {t("push.since", { time: dayAndClock(createdAt) })}
                                    </p>
                                </div>
                                <Button
                                    look="secondary"
                                    size="small"
                                    aria-label={t("push.removeOf", { device })}
                                    busy={end.isPending && end.variables === id}
                                    onClick={() => end.mutate(id)}
                                >
                                    {t("push.remove")}
                                </Button>
                            </li>
                        );
                    })}
                </ul>
            )}
        </section>
    );
}
