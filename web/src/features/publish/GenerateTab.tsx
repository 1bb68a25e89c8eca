import { useState, type SyntheticEvent } from "react";
import { newKey, type Schemas } from "~/api/client";
import type { Provider } from "~/features/catalogue/queries";
import { addDays, dayAndClock, dayKey } from "~/lib/time";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Card } from "~/ui/Page";
import { useGenerate } from "./queries";

const USUAL_DAYS = 30;
const MOST_DAYS = 365;

function Result({ result }: { result: Schemas["Generated"] }) {
    return (
        <div className="flex flex-col gap-3">
            <div role="status" className="flex flex-wrap gap-x-8 gap-y-2">
                {(["created", "existing"] as const).map((kind) => (
                    <p key={kind}>
                        <span className="block text-3xl font-bold tabular-nums">
                            {result[kind]}
                        </span>
                        {t(`publish.${kind}`)}
                    </p>
                ))}
                <p>
                    <span className="block text-3xl font-bold tabular-nums">
                        {result.skipped.length}
                    </span>
                    {t("publish.skipped")}
                </p>
            </div>
            {result.skipped.length > 0 && (
                <details className="rounded-xl border border-line px-4 py-3">
                    <summary className="font-semibold">{t("publish.skippedWhy")}</summary>
                    <ul className="mt-2 flex max-h-72 flex-col gap-1 overflow-y-auto">
                        {result.skipped.map(({ start, reason }) => (
                            <li key={`${start} ${reason}`} className="flex flex-wrap gap-x-3">
                                <span className="tabular-nums">
                                    {dayAndClock(`${start}Z`, "UTC")}
                                </span>
                                <span className="text-muted">{t(`publish.reason.${reason}`)}</span>
                            </li>
                        ))}
                    </ul>
                </details>
            )}
        </div>
    );
}

/** Publishes what the schedule says for some weeks; a second time adds nothing. */
export function GenerateTab({ provider }: { provider: Provider }) {
    const today = dayKey(new Date(), provider.timezone);
    const [from, setFrom] = useState(today);
    const [to, setTo] = useState(addDays(today, USUAL_DAYS));
    const generate = useGenerate(provider.id);
    const isWrong = !from || !to || to < from || to > addDays(from, MOST_DAYS);
    const submit = (event: SyntheticEvent) => {
        event.preventDefault();
        if (!isWrong) generate.mutate({ from, to, key: newKey() });
    };
    return (
        <Card className="flex flex-col gap-5 p-5">
            <p className="text-muted">{t("publish.generateLead")}</p>
            <form className="flex flex-wrap items-end gap-3" onSubmit={submit}>
                <Field
                    label={t("publish.firstDay")}
                    type="date"
                    className="w-44"
                    value={from}
                    onChange={(event) => setFrom(event.target.value)}
                />
                <Field
                    label={t("publish.lastDay")}
                    type="date"
                    className="w-44"
                    value={to}
                    onChange={(event) => setTo(event.target.value)}
                />
                <Button type="submit" disabled={isWrong} busy={generate.isPending}>
                    {t("publish.generate")}
                </Button>
            </form>
            {isWrong && <Notice tone="warning">{t("publish.daysWrong")}</Notice>}
            {generate.isError && <ErrorNotice error={generate.error} />}
            {generate.data && <Result result={generate.data} />}
        </Card>
    );
}
