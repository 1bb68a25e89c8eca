import { useState } from "react";
import type { Appointment } from "~/features/appointments/queries";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field, Select } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";
import { done, failed, type BulkAction, type Order, type Priority, type Results } from "./bulk";
import { failureText } from "./failureText";
import type { useBulk } from "./useBulk";

const REASON_MAXIMUM = 500;
type AskProps = {
    action: BulkAction;
    count: number;
    onConfirm: (order: Order) => void;
    onClose: () => void;
};

function Ask({ action, count, onConfirm, onClose }: AskProps) {
    const [reason, setReason] = useState("");
    const [isCharged, setCharged] = useState(false);
    const [priority, setPriority] = useState<Priority>("vip");
    return (
        <Dialog
            open
            onOpenChange={(open) => {
                if (!open) onClose();
            }}
            title={t(`worklist.ask.${action}`, { count })}
            description={t(`worklist.explain.${action}`)}
            footer={
                <>
                    <Button look="secondary" onClick={onClose}>
                        {t("worklist.keep")}
                    </Button>
                    <Button
                        look={action === "cancel" || action === "delete" ? "danger" : "primary"}
                        onClick={() => onConfirm({ action, priority, reason, isCharged })}
                    >
                        {t(`worklist.action.${action}`)}
                    </Button>
                </>
            }
        >
            {action === "cancel" && (
                <label className="flex min-h-11 items-center gap-3 font-medium">
                    <input
                        type="checkbox"
                        className="size-5 accent-accent"
                        checked={isCharged}
                        onChange={(event) => setCharged(event.target.checked)}
                    />
                    {t("worklist.charge")}
                </label>
            )}
            {action === "set_priority" && (
                <Select
                    label={t("worklist.priority")}
                    value={priority}
                    onChange={(event) => setPriority(event.target.value as Priority)}
                >
                    {(["normal", "vip", "urgent"] as const).map((one) => (
                        <option key={one} value={one}>
                            {t(`priority.${one}`)}
                        </option>
                    ))}
                </Select>
            )}
            <Field
                label={t("worklist.reason")}
                hint={t("worklist.reasonHint")}
                maxLength={REASON_MAXIMUM}
                value={reason}
                onChange={(event) => setReason(event.target.value)}
            />
        </Dialog>
    );
}

function ResultList({ rows, results }: { rows: Appointment[]; results: Results }) {
    return (
        <ul aria-label={t("worklist.results")} className="flex flex-col divide-y divide-line">
            {rows.map(({ id, userName, start }) => {
                const scenario = results.get(id);
                return (
                    <li key={id} className="flex flex-wrap justify-between gap-x-4 py-2">
                        <span>{`${userName}, ${dayAndClock(start)}`}</span>
                        {scenario === undefined && (
                            <span className="text-muted">{t("worklist.notTried")}</span>
                        )}
                        {scenario === null && (
                            <span className="font-medium text-accent">{t("worklist.done")}</span>
                        )}
                        {typeof scenario === "string" && (
                            <span className="font-medium text-red">{failureText(scenario)}</span>
                        )}
                    </li>
                );
            })}
        </ul>
    );
}

type Props = {
    action: BulkAction;
    /** The rows that were selected when the action was chosen. */
    rows: Appointment[];
    bulk: ReturnType<typeof useBulk>;
    onClose: () => void;
};

/** Asks, shows how far it is, and then what became of each row. */
export function BulkDialog({ action, rows, bulk, onClose }: Props) {
    const { run } = bulk;
    const ids = rows.map(({ id }) => id);
    if (!run) {
        return (
            <Ask
                action={action}
                count={rows.length}
                onConfirm={(order) => bulk.start(order, ids)}
                onClose={onClose}
            />
        );
    }
    const { phase, results, total, error } = run;
    const failures = failed(results).length;
    const progress = t("worklist.progress", { done: results.size, total });
    const close = () => {
        bulk.close();
        onClose();
    };
    const summary =
        t("worklist.finished", { count: done(results).length }) +
        (failures > 0 ? ` ${t("worklist.failedCount", { count: failures })}` : "");
    return (
        <Dialog
            open
            onOpenChange={(open) => {
                if (!open && phase !== "running") close();
            }}
            title={t(`worklist.action.${action}`)}
            footer={
                phase !== "running" && (
                    <>
                        {phase === "interrupted" && (
                            <Button look="secondary" onClick={bulk.resume}>
                                {t("app.tryAgain")}
                            </Button>
                        )}
                        <Button onClick={close}>{t("app.close")}</Button>
                    </>
                )
            }
        >
            <div
                role="progressbar"
                aria-label={t(`worklist.action.${action}`)}
                aria-valuemin={0}
                aria-valuemax={total}
                aria-valuenow={results.size}
                aria-valuetext={progress}
                className="h-3 overflow-hidden rounded-full bg-sunken"
            >
                <div
                    className="h-full rounded-full bg-accent transition-[width]"
                    style={{ width: `${(100 * results.size) / total}%` }}
                />
            </div>
            <p role="status" className="font-medium">
                {phase === "running" && progress}
                {phase === "finished" && summary}
                {phase === "interrupted" &&
                    t("worklist.interrupted", { done: results.size, total })}
            </p>
            {error && <ErrorNotice error={error} />}
            {phase !== "running" && <ResultList rows={rows} results={results} />}
        </Dialog>
    );
}
