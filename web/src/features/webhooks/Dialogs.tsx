import { useState } from "react";
import { Link } from "react-router";
import { dayKey, userZone } from "~/lib/time";
import { isDay, momentOf } from "~/lib/wall";
import { addDays } from "~/lib/time";
import { t } from "~/text/steering";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field, Select } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";
import {
    useEventTypes,
    useRemove,
    useReplay,
    useRotate,
    useTrial,
    type Endpoint,
    type Replay,
} from "./queries";

type Props = { endpoint: Endpoint; onClose: () => void };
const OVERLAPS = [0, 1, 24, 72, 168];

const closing = (onClose: () => void) => (open: boolean) => {
    if (!open) onClose();
};

export function RotateDialog({
    endpoint,
    onClose,
    onRotated,
}: Props & { onRotated: (secret: string) => void }) {
    const rotate = useRotate(endpoint.id);
    const [hours, setHours] = useState(24);
    return (
        <Dialog
            open
            onOpenChange={closing(onClose)}
            title={t("webhooks.rotateTitle")}
            description={t("webhooks.rotateText")}
            footer={
                <>
                    <Button look="secondary" onClick={onClose}>
                        {t("webhooks.keep")}
                    </Button>
                    <Button
                        busy={rotate.isPending}
                        onClick={() =>
                            rotate.mutate(hours, { onSuccess: ({ secret }) => onRotated(secret) })
                        }
                    >
                        {t("webhooks.rotateYes")}
                    </Button>
                </>
            }
        >
            <Select
                label={t("webhooks.overlap")}
                value={hours}
                onChange={({ target }) => setHours(Number(target.value))}
            >
                {OVERLAPS.map((count) => (
                    <option key={count} value={count}>
                        {count === 0
                            ? t("webhooks.overlapNone")
                            : t("webhooks.overlapHours", { count })}
                    </option>
                ))}
            </Select>
            {rotate.error && <ErrorNotice error={rotate.error} />}
        </Dialog>
    );
}

export function TestDialog({ endpoint, onClose }: Props) {
    const trial = useTrial(endpoint.id);
    const types = useEventTypes().data ?? [];
    const [type, setType] = useState("webhook.test");
    const tried = trial.data;
    const took = tried
        ? (new Date(tried.endedAt).getTime() - new Date(tried.startedAt).getTime()) / 1000
        : 0;
    return (
        <Dialog
            open
            onOpenChange={closing(onClose)}
            title={t("webhooks.testTitle")}
            description={t("webhooks.testText")}
            footer={
                <>
                    <Button look="secondary" onClick={onClose}>
                        {t("app.close")}
                    </Button>
                    <Button busy={trial.isPending} onClick={() => trial.mutate(type)}>
                        {t("webhooks.testSend")}
                    </Button>
                </>
            }
        >
            <Select
                label={t("webhooks.testType")}
                value={type}
                onChange={({ target }) => setType(target.value)}
            >
                {types.map(({ name }) => (
                    <option key={name} value={name}>
                        {name}
                    </option>
                ))}
            </Select>
            {trial.error && <ErrorNotice error={trial.error} />}
            {tried && (
                <Notice tone={tried.outcome === "sent" ? "info" : "error"}>
                    {t(tried.outcome === "sent" ? "webhooks.testSent" : "webhooks.testFailed", {
                        code: tried.code ?? t("webhooks.testNoAnswer"),
                        seconds: took.toFixed(1),
                    })}{" "}
                    <Link className="underline" to={`/admin/deliveries/${tried.deliveryId}`}>
                        {t("webhooks.testDelivery")}
                    </Link>
                </Notice>
            )}
            {tried?.excerpt && (
                <div>
                    <p className="mb-1 text-sm text-muted">{t("webhooks.testAnswer")}</p>
                    <pre
                        tabIndex={0}
                        className="max-h-40 overflow-auto rounded-xl bg-sunken p-3 text-sm wrap-anywhere whitespace-pre-wrap"
                    >
                        {tried.excerpt}
                    </pre>
                </div>
            )}
        </Dialog>
    );
}

/** Counts before it sends: what was counted is what is sent. */
export function ReplayDialog({
    endpoint,
    onClose,
    onReplayed,
}: Props & { onReplayed: (count: number) => void }) {
    const replay = useReplay(endpoint.id);
    const today = dayKey(new Date());
    const [from, setFrom] = useState(addDays(today, -1));
    const [to, setTo] = useState("");
    const [counted, setCounted] = useState<number | null>(null);
    const period = (dryRun: boolean): Replay => ({
        from: momentOf(isDay(from) ? from : today, 0, userZone),
        to: isDay(to) ? momentOf(addDays(to, 1), 0, userZone) : null,
        dryRun,
    });
    const change = (set: (value: string) => void) => (value: string) => {
        set(value);
        setCounted(null);
    };
    return (
        <Dialog
            open
            onOpenChange={closing(onClose)}
            title={t("webhooks.replayTitle")}
            description={t("webhooks.replayText")}
            footer={
                <>
                    <Button look="secondary" onClick={onClose}>
                        {t("app.cancel")}
                    </Button>
                    {counted ? (
                        <Button
                            busy={replay.isPending}
                            onClick={() =>
                                replay.mutate(period(false), {
                                    onSuccess: ({ count }) => onReplayed(count),
                                })
                            }
                        >
                            {t("webhooks.replayYes", { count: counted })}
                        </Button>
                    ) : (
                        <Button
                            busy={replay.isPending}
                            disabled={!isDay(from)}
                            onClick={() =>
                                replay.mutate(period(true), {
                                    onSuccess: ({ count }) => setCounted(count),
                                })
                            }
                        >
                            {t("webhooks.replayCount")}
                        </Button>
                    )}
                </>
            }
        >
            <div className="grid gap-3 sm:grid-cols-2">
                <Field
                    label={t("webhooks.replayFrom")}
                    type="date"
                    value={from}
                    min={addDays(today, -8)}
                    max={to || today}
                    onChange={({ target }) => change(setFrom)(target.value)}
                />
                <Field
                    label={t("webhooks.replayTo")}
                    hint={t("webhooks.replayToHint")}
                    type="date"
                    value={to}
                    min={from}
                    max={today}
                    onChange={({ target }) => change(setTo)(target.value)}
                />
            </div>
            {counted !== null && (
                <p role="status" className="font-medium">
                    {counted > 0
                        ? t("webhooks.replayCounted", { count: counted })
                        : t("webhooks.replayNothing")}
                </p>
            )}
            {replay.error && <ErrorNotice error={replay.error} />}
        </Dialog>
    );
}

export function RemoveDialog({ endpoint, onClose, onRemoved }: Props & { onRemoved: () => void }) {
    const remove = useRemove();
    return (
        <Dialog
            open
            onOpenChange={closing(onClose)}
            title={t("webhooks.deleteTitle")}
            description={t("webhooks.deleteText")}
            footer={
                <>
                    <Button look="secondary" onClick={onClose}>
                        {t("webhooks.keep")}
                    </Button>
                    <Button
                        look="danger"
                        busy={remove.isPending}
                        onClick={() => remove.mutate(endpoint, { onSuccess: onRemoved })}
                    >
                        {t("webhooks.deleteYes")}
                    </Button>
                </>
            }
        >
            {remove.error && <ErrorNotice error={remove.error} />}
        </Dialog>
    );
}
