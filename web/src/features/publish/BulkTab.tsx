import { useState, type SyntheticEvent } from "react";
import type { Schemas } from "~/api/client";
import { Problem } from "~/api/problem";
import { useKeyFor } from "~/features/admin/useKeyFor";
import type { Provider } from "~/features/catalogue/queries";
import { addDays, dayAndClock, dayKey } from "~/lib/time";
import { minutesOf, momentOf } from "~/lib/wall";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field, Select } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Card } from "~/ui/Page";
import { ConflictList, countOf } from "./Conflicts";
import { useChangeSlots, type BulkChange } from "./queries";

const ACTIONS: BulkChange["action"][] = ["block", "unblock", "delete"];
const MOST_MS = 366 * 86_400_000;

type Times = { fromDay: string; from: string; toDay: string; to: string };

function periodOf({ fromDay, from, toDay, to }: Times, zone: string) {
    if (!fromDay || !from || !toDay || !to) return null;
    const period = {
        from: momentOf(fromDay, minutesOf(from), zone),
        to: momentOf(toDay, minutesOf(to), zone),
    };
    const length = Date.parse(period.to) - Date.parse(period.from);
    return length > 0 && length <= MOST_MS ? period : null;
}

function Result({ result, zone }: { result: Schemas["BulkSlots"]; zone: string }) {
    return (
        <div className="flex flex-col gap-3">
            <p role="status" className="font-semibold">
                {t("publish.bulk.changed", { count: result.changed })}
            </p>
            {result.conflicts.length > 0 && (
                <Notice tone="warning">
                    <p className="mb-2">{t("publish.bulk.stays", { count: countOf(result) })}</p>
                    <ConflictList found={result} zone={zone} />
                </Notice>
            )}
        </div>
    );
}

/** Blocks, unblocks or deletes all slots that overlap a period, in one step. */
export function BulkTab({ provider }: { provider: Provider }) {
    const zone = provider.timezone;
    const tomorrow = addDays(dayKey(new Date(), zone), 1);
    const [action, setAction] = useState(ACTIONS[0] ?? "block");
    const [times, setTimes] = useState<Times>({
        fromDay: tomorrow,
        from: "12:00",
        toDay: tomorrow,
        to: "18:00",
    });
    const [reason, setReason] = useState("");
    const [isAsking, setIsAsking] = useState(false);
    // The same again is another change; only what had no answer is sent with the key that it had.
    const [round, setRound] = useState(0);
    const keyFor = useKeyFor();
    const change = useChangeSlots();
    const period = periodOf(times, zone);
    const run = () => {
        if (!period) return;
        const why = reason.trim() ? { reason: reason.trim() } : {};
        const body = { action, providerId: provider.id, ...period, ...why };
        change.mutate(
            { body, key: keyFor([round, body]) },
            {
                onSettled: (_done, error) => {
                    setIsAsking(false);
                    const isUnknown = error instanceof Problem && error.status === 0;
                    if (!isUnknown) setRound(round + 1);
                },
            },
        );
    };
    const submit = (event: SyntheticEvent) => {
        event.preventDefault();
        if (action === "delete") setIsAsking(true);
        else run();
    };
    const time = (field: keyof Times, type: "date" | "time") => (
        <Field
            label={t(`publish.bulk.${field}`)}
            type={type}
            className={type === "date" ? "w-44" : "w-32"}
            value={times[field]}
            onChange={(event) => setTimes({ ...times, [field]: event.target.value })}
        />
    );
    return (
        <Card className="flex flex-col gap-5 p-5">
            <p className="text-muted">{t("publish.bulk.lead")}</p>
            <form className="flex flex-wrap items-end gap-3" onSubmit={submit}>
                <Select
                    label={t("publish.action")}
                    className="w-40"
                    value={action}
                    onChange={(event) =>
                        setAction(ACTIONS.find((one) => one === event.target.value) ?? "block")
                    }
                >
                    {ACTIONS.map((one) => (
                        <option key={one} value={one}>
                            {t(`publish.bulk.${one}`)}
                        </option>
                    ))}
                </Select>
                {time("fromDay", "date")}
                {time("from", "time")}
                {time("toDay", "date")}
                {time("to", "time")}
                <Field
                    label={t("publish.why")}
                    className="w-full max-w-md"
                    maxLength={500}
                    value={reason}
                    onChange={(event) => setReason(event.target.value)}
                />
                <Button
                    type="submit"
                    look={action === "delete" ? "danger" : "primary"}
                    disabled={!period}
                    busy={change.isPending}
                >
                    {t(`publish.bulk.submit.${action}`)}
                </Button>
            </form>
            {!period && <Notice tone="warning">{t("publish.bulk.wrong")}</Notice>}
            {change.isError && <ErrorNotice error={change.error} />}
            {change.data && <Result result={change.data} zone={zone} />}
            {isAsking && period && (
                <Dialog
                    open
                    onOpenChange={setIsAsking}
                    title={t("publish.bulk.sureTitle")}
                    description={t("publish.bulk.sure", {
                        from: dayAndClock(period.from, zone),
                        to: dayAndClock(period.to, zone),
                    })}
                    footer={
                        <>
                            <Button look="secondary" onClick={() => setIsAsking(false)}>
                                {t("app.cancel")}
                            </Button>
                            <Button look="danger" busy={change.isPending} onClick={run}>
                                {t("publish.bulk.sureYes")}
                            </Button>
                        </>
                    }
                />
            )}
        </Card>
    );
}
