import { useState } from "react";
import type { Schemas } from "~/api/client";
import type { AppointmentWithAudit } from "~/features/appointments/queries";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Card } from "~/ui/Page";
import { actionName } from "./actionName";
import { AsOf } from "./AsOf";
import { Changes } from "./Changes";

type AuditEntry = Schemas["AuditEntry"];

const SHOWN_AT_FIRST = 10;

function Entry({ entry, currency }: { entry: AuditEntry; currency: string }) {
    const { action, actor, timestamp, reason, version } = entry;
    return (
        <li className="relative border-l-2 border-line pb-5 pl-5 last:pb-0">
            <span
                aria-hidden
                className="absolute top-1.5 -left-[7px] size-3 rounded-full border-2 border-surface bg-accent"
            />
            <p className="font-semibold">{actionName(entry)}</p>
            <p className="text-sm text-muted">
                {t("timeline.by", {
                    name: actor.name,
                    role: t(`timeline.actor.${actor.type}`),
                })}
                {" · "}
                <time dateTime={timestamp}>{dayAndClock(timestamp)}</time>
                {" · "}
                {t("timeline.version", { version })}
            </p>
            {reason && <p className="mt-1 wrap-anywhere whitespace-pre-line italic">“{reason}”</p>}
            {action !== "created" && <Changes entry={entry} currency={currency} />}
        </li>
    );
}

/** Who did what and when, the latest first, and the appointment as it was at any of those times. */
export function Timeline({ appointment }: { appointment: AppointmentWithAudit }) {
    const [showsAll, setShowsAll] = useState(false);
    const latestFirst = appointment.audit.toReversed();
    const shown = showsAll ? latestFirst : latestFirst.slice(0, SHOWN_AT_FIRST);
    return (
        <Card className="min-w-0 sm:p-6">
            <h2 className="mb-4 text-lg font-bold">{t("timeline.title")}</h2>
            {appointment.audit.length > 1 && <AsOf appointment={appointment} />}
            <ol aria-label={t("timeline.title")}>
                {shown.map((entry) => (
                    <Entry key={entry.id} entry={entry} currency={appointment.currency} />
                ))}
            </ol>
            {shown.length < latestFirst.length && (
                <Button look="secondary" className="mt-4 w-full" onClick={() => setShowsAll(true)}>
                    {t("timeline.all", { count: latestFirst.length })}
                </Button>
            )}
        </Card>
    );
}
