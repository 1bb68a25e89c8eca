import { useState } from "react";
import { Link } from "react-router";
import { Problem } from "~/api/problem";
import type { Schemas } from "~/api/client";
import { useAppDispatch, useAppSelector } from "~/app/store";
import { dayAndClock } from "~/lib/time";
import { t, type TextKey } from "~/text";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { appointmentOf, isTooOld, type QueuedChange } from "./changes";
import { discard, replaceChange } from "./queue";
import { queueToggled, resolvingChanged } from "./queueSlice";
import { changeText } from "./words";

type Appointment = Schemas["Appointment"];

export function problemOf(item: QueuedChange): Problem | null {
    return item.refusal ? new Problem(item.refusal.status, item.refusal.document) : null;
}

/** A stale change can be made again on top of what the appointment is now. */
function currentOf(problem: Problem | null): Appointment | null {
    if (problem?.status !== 412) return null;
    return (problem.document.currentData as Appointment | undefined) ?? null;
}

function stoppedText(item: QueuedChange, problem: Problem | null): string | null {
    if (problem) {
        const current = currentOf(problem);
        if (!current) return problem.text;
        return t("offline.changedMeanwhile", {
            status: t(`status.${current.status}` as TextKey).toLowerCase(),
            time: dayAndClock(current.start),
        });
    }
    return isTooOld(item, Date.now()) ? t("offline.tooOldText") : null;
}

type Props = {
    item: QueuedChange;
    /** The page shows its appointment already. */
    isOfPage?: boolean;
};

/** One change that is not done yet: what it is, why it waits, and the ways on. */
export function QueueItem({ item, isOfPage = false }: Props) {
    const dispatch = useAppDispatch();
    const isSending = useAppSelector((state) => state.queue.sending === item.key);
    const [isAsking, setAsking] = useState(false);
    const problem = problemOf(item);
    const stopped = stoppedText(item, problem);
    const current = currentOf(problem);
    const appointmentId = appointmentOf(item.change);
    const close = () => dispatch(queueToggled(false));
    const again = () => {
        if (!current || !("version" in item.change)) return;
        const change = { ...item.change, version: current.version };
        replaceChange(item, change, { ...item.about, start: current.start });
    };
    return (
        <li className="flex flex-col gap-2 rounded-card border border-line bg-surface p-4">
            <div className="flex flex-wrap items-start justify-between gap-2">
                <p className="min-w-0 flex-1 font-semibold">{changeText(item)}</p>
                {stopped ? (
                    <Badge tone="red">{t("offline.needsYou")}</Badge>
                ) : (
                    <Badge tone="blue">
                        {isSending ? t("offline.sending") : t("offline.badge")}
                    </Badge>
                )}
            </div>
            {stopped ? (
                <p className="text-red">{stopped}</p>
            ) : (
                <p className="text-sm text-muted">
                    {t("offline.madeAt", {
                        time: dayAndClock(new Date(item.madeAt).toISOString()),
                    })}
                </p>
            )}
            <div className="flex flex-wrap gap-2">
                {problem && problem.alternatives.length > 0 && (
                    <Button
                        size="small"
                        onClick={() => {
                            close();
                            dispatch(resolvingChanged(item.key));
                        }}
                    >
                        {t("offline.chooseOther")}
                    </Button>
                )}
                {current && (
                    <Button size="small" look="secondary" onClick={again}>
                        {t("offline.doAnyway")}
                    </Button>
                )}
                {appointmentId && !isOfPage && (
                    <Button asChild size="small" look="secondary">
                        <Link to={`/appointments/${appointmentId}`} onClick={close}>
                            {t("offline.see")}
                        </Link>
                    </Button>
                )}
                <Button
                    size="small"
                    look="quiet"
                    disabled={isSending}
                    onClick={() => setAsking(true)}
                >
                    {t("offline.discard")}
                </Button>
            </div>
            <Dialog
                open={isAsking}
                onOpenChange={setAsking}
                title={t("offline.discardTitle")}
                description={t("offline.discardText", { what: changeText(item) })}
                footer={
                    <>
                        <Button look="secondary" onClick={() => setAsking(false)}>
                            {t("offline.keep")}
                        </Button>
                        <Button look="danger" onClick={() => discard(item.key)}>
                            {t("offline.discard")}
                        </Button>
                    </>
                }
            />
        </li>
    );
}
