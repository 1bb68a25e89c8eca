import { useState, type SyntheticEvent } from "react";
import { CircleAlert, CircleCheck } from "lucide-react";
import type { Provider } from "~/features/catalogue/queries";
import type { Slot } from "~/features/calendar/entries";
import { addDays, clockRange, dayKey, shortDay } from "~/lib/time";
import { useNow } from "~/lib/useNow";
import { minutesOf, periodOf } from "~/lib/wall";
import { t } from "~/text/staff";
import { StatusBadge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Field, Select } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Card } from "~/ui/Page";
import { affected, useMany, type Action, type Outcome } from "./many";
import { useSlotsBetween } from "./queries";

const ACTIONS: Action[] = ["block", "open", "delete"];
const MOST_DAYS = 92;

function Row({ slot, zone, outcome }: { slot: Slot; zone: string; outcome: Outcome | undefined }) {
    const Icon = outcome?.isDone ? CircleCheck : CircleAlert;
    return (
        <li className="flex min-h-11 flex-wrap items-center gap-x-4 gap-y-1 border-b border-line py-1.5 last:border-0">
            <span className="w-52 tabular-nums">
                {shortDay(slot.start, zone)}, {clockRange(slot.start, slot.end, zone)}
            </span>
            {outcome ? (
                <span
                    className={
                        outcome.isDone
                            ? "flex items-center gap-2 font-medium text-accent"
                            : "flex items-center gap-2 font-medium text-red"
                    }
                >
                    <Icon aria-hidden size={18} className="shrink-0" />
                    {outcome.text}
                </span>
            ) : (
                <StatusBadge status={slot.status} />
            )}
        </li>
    );
}

function Progress({ done, all }: { done: number; all: number }) {
    return (
        <div className="flex items-center gap-3">
            <progress
                aria-label={t("publish.progress")}
                className="h-3 w-full max-w-md accent-accent"
                value={done}
                max={all}
            />
            <p role="status" className="whitespace-nowrap tabular-nums">
                {t("publish.doneOf", { done, all })}
            </p>
        </div>
    );
}

/** Blocks, opens or deletes the slots of some days at once, and says what became of each. */
export function ManyTab({ provider }: { provider: Provider }) {
    const zone = provider.timezone;
    const now = useNow(30_000);
    const tomorrow = addDays(dayKey(new Date(now), zone), 1);
    const [action, setAction] = useState<Action>("block");
    const [days, setDays] = useState({ from: tomorrow, to: tomorrow });
    const [hours, setHours] = useState({ from: "00:00", to: "00:00" });
    const [reason, setReason] = useState("");
    const [isSure, setIsSure] = useState(false);
    const many = useMany(t(`publish.manyDone.${action}`));
    const isWrong =
        !days.from || !days.to || days.to < days.from || days.to > addDays(days.from, MOST_DAYS);
    const found = useSlotsBetween(provider.id, isWrong ? null : periodOf(days.from, days.to, zone));
    const between = { from: minutesOf(hours.from), to: minutesOf(hours.to) || 1440 };
    const slots = affected(found.data ?? [], action, between, zone, now);
    const { run } = many;
    const isRunning = run !== null && run.outcomes.size < run.slots.length;
    const change = (set: () => void) => {
        set();
        many.forget();
        setIsSure(false);
    };
    const submit = (event: SyntheticEvent) => {
        event.preventDefault();
        if (action === "delete" && !isSure) setIsSure(true);
        else {
            setIsSure(false);
            void many.start(slots, action, reason.trim());
        }
    };
    return (
        <Card className="flex flex-col gap-5 p-5">
            <form className="flex flex-wrap items-end gap-3" onSubmit={submit}>
                <Select
                    label={t("publish.action")}
                    className="w-40"
                    value={action}
                    onChange={(event) =>
                        change(() =>
                            setAction(ACTIONS.find((one) => one === event.target.value) ?? "block"),
                        )
                    }
                >
                    {ACTIONS.map((one) => (
                        <option key={one} value={one}>
                            {t(`publish.many.${one}`)}
                        </option>
                    ))}
                </Select>
                {(["from", "to"] as const).map((side) => (
                    <Field
                        key={side}
                        label={t(side === "from" ? "publish.firstDay" : "publish.lastDay")}
                        type="date"
                        className="w-44"
                        value={days[side]}
                        onChange={(event) =>
                            change(() => setDays({ ...days, [side]: event.target.value }))
                        }
                    />
                ))}
                {(["from", "to"] as const).map((side) => (
                    <Field
                        key={side}
                        label={t(side === "from" ? "publish.beginsFrom" : "publish.beginsBefore")}
                        type="time"
                        className="w-36"
                        value={hours[side]}
                        onChange={(event) =>
                            change(() => setHours({ ...hours, [side]: event.target.value }))
                        }
                    />
                ))}
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
                    disabled={isWrong || slots.length === 0 || run !== null}
                    busy={isRunning}
                >
                    {isSure
                        ? t("publish.deleteSure", { count: slots.length })
                        : t(`publish.manySubmit.${action}`, { count: slots.length })}
                </Button>
            </form>
            {isWrong && <Notice tone="warning">{t("publish.daysWrongMany")}</Notice>}
            {found.isError && (
                <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />
            )}
            {run && <Progress done={run.outcomes.size} all={run.slots.length} />}
            {found.isSuccess && !run && slots.length === 0 && (
                <p className="text-muted">{t(`publish.manyNone.${action}`)}</p>
            )}
            <ul className="empty:hidden">
                {(run?.slots ?? slots).map((slot) => (
                    <Row
                        key={slot.id}
                        slot={slot}
                        zone={zone}
                        outcome={run?.outcomes.get(slot.id)}
                    />
                ))}
            </ul>
        </Card>
    );
}
