import { Link } from "react-router";
import type { Schemas } from "~/api/client";
import { cn } from "~/lib/cn";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/steering";
import { Notice } from "~/ui/Notice";
import { channelName, stateName, type State } from "./words";

export type Summary = Schemas["DeliverySummary"];

const TO_PEOPLE = new Set(["email", "sms", "push"]);

function total(summary: Summary, ...states: State[]): string {
    const counts = summary.channels.flatMap((one) => states.map((state) => one.states[state] ?? 0));
    const sum = counts.reduce((one, other) => one + other, 0);
    const isCapped = counts.some((count) => count >= summary.countLimit);
    return isCapped ? t("deliveries.atLeast", { count: sum }) : String(sum);
}

/** What is not set up: nobody should wonder why nothing arrives. */
export function Missing({ summary }: { summary: Summary }) {
    if (!summary.isSending) return <Notice tone="warning">{t("deliveries.notSending")}</Notice>;
    const missing = summary.channels.filter(
        ({ channel, isConfigured }) => TO_PEOPLE.has(channel) && !isConfigured,
    );
    if (missing.length === 0) return null;
    if (missing.length === TO_PEOPLE.size)
        return <Notice tone="warning">{t("deliveries.notConfigured")}</Notice>;
    const channels = missing.map(({ channel }) => channelName(channel)).join(", ");
    return <Notice>{t("deliveries.channelsMissing", { channels })}</Notice>;
}

type FigureProps = { state: State; label: string; value: string; about: string; bad?: boolean };

function Figure({ state, label, value, about, bad }: FigureProps) {
    return (
        <Link
            to={`?state=${state}`}
            replace
            className="flex flex-col rounded-card border border-line bg-surface p-4 shadow-card hover:border-line-strong"
        >
            <span className="text-sm text-muted">{label}</span>
            <span className={cn("text-2xl font-bold", bad && "text-red")}>{value}</span>
            <span className="text-sm text-muted">{about}</span>
        </Link>
    );
}

/** Some numbers, each of which leads to what it counts; and all of them by channel. */
export function Glance({ summary }: { summary: Summary }) {
    const { oldestDueAt, deadLetters } = summary;
    const used = summary.channels.filter(({ states }) =>
        Object.values(states).some((count) => count > 0),
    );
    const shown = (["pending", "sending", "sent", "delivered", "dead", "suppressed"] as const).map(
        (state) => state,
    );
    return (
        <section aria-label={t("deliveries.figures")} className="flex flex-col gap-3">
            <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
                <Figure
                    state="pending"
                    label={t("deliveries.waiting")}
                    value={total(summary, "pending", "sending")}
                    about={
                        oldestDueAt
                            ? t("deliveries.oldestDue", { time: dayAndClock(oldestDueAt) })
                            : t("deliveries.nothingDue")
                    }
                />
                <Figure
                    state="sent"
                    label={t("deliveries.sent")}
                    value={total(summary, "sent", "delivered")}
                    about={t("deliveries.sentText")}
                />
                <Figure
                    state="dead"
                    label={t("deliveries.dead")}
                    value={total(summary, "dead")}
                    about={t("deliveries.deadText", { count: deadLetters.recent })}
                    bad={deadLetters.recent > 0}
                />
                <Figure
                    state="uncertain"
                    label={t("deliveries.uncertain")}
                    value={total(summary, "uncertain")}
                    about={t("deliveries.uncertainText")}
                />
            </div>
            {used.length > 0 && (
                <details className="rounded-card border border-line bg-surface px-4 py-2">
                    <summary className="min-h-9 cursor-pointer content-center font-medium">
                        {t("deliveries.byChannel")}
                    </summary>
                    <div className="overflow-x-auto pb-2">
                        <table className="w-full text-left">
                            <thead className="text-sm text-muted">
                                <tr>
                                    <th scope="col" className="py-1 pr-3 font-medium">
                                        {t("deliveries.channel")}
                                    </th>
                                    {shown.map((state) => (
                                        <th
                                            key={state}
                                            scope="col"
                                            className="px-2 py-1 text-right font-medium"
                                        >
                                            {stateName(state)}
                                        </th>
                                    ))}
                                </tr>
                            </thead>
                            <tbody>
                                {used.map(({ channel, states }) => (
                                    <tr key={channel} className="border-t border-line">
                                        <th scope="row" className="py-2 pr-3 font-medium">
                                            {channelName(channel)}
                                        </th>
                                        {shown.map((state) => (
                                            <td
                                                key={state}
                                                className="px-2 py-2 text-right tabular-nums"
                                            >
                                                {states[state] ?? 0}
                                            </td>
                                        ))}
                                    </tr>
                                ))}
                            </tbody>
                        </table>
                    </div>
                </details>
            )}
        </section>
    );
}
