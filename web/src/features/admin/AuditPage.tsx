import { ScrollText, X } from "lucide-react";
import { Link, useSearchParams } from "react-router";
import { rows } from "~/api/lists";
import { useAppointment } from "~/features/appointments/queries";
import { actionName } from "~/features/editor/actionName";
import { Changes } from "~/features/editor/Changes";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { Field, Select } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";
import { Card, Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { ACTIONS, FILTERS, useAudit, usePerson, type AuditEntry, type Filter } from "./audit";

/** Amounts are in the appointment's currency, which is no part of the change. */
function ChangesWithAmounts({ entry }: { entry: AuditEntry }) {
    const currency = useAppointment(entry.appointmentId).data?.value.currency;
    return currency ? <Changes entry={entry} currency={currency} /> : null;
}

function EntryChanges({ entry }: { entry: AuditEntry }) {
    if (entry.action === "created") return null;
    const hasAmounts = Object.keys(entry.changes).some((field) => field.endsWith("Cents"));
    return hasAmounts ? (
        <ChangesWithAmounts entry={entry} />
    ) : (
        <Changes entry={entry} currency="" />
    );
}

function useFilter() {
    const [params, setParams] = useSearchParams();
    const filter = Object.fromEntries(
        FILTERS.map((name) => [name, params.get(name) ?? ""]),
    ) as Filter;
    const set = (name: keyof Filter, value: string) =>
        setParams(
            (was) => {
                if (value) was.set(name, value);
                else was.delete(name);
                return was;
            },
            { replace: true },
        );
    const clear = () => setParams({}, { replace: true });
    return { filter, set, clear, isSet: FILTERS.some((name) => filter[name]) };
}

function Chip({ label, onRemove }: { label: string; onRemove: () => void }) {
    return (
        <span className="inline-flex max-w-full items-center gap-1 rounded-xl bg-accent-soft py-1 pr-1 pl-3 font-medium text-accent">
            <span className="truncate">{label}</span>
            <button
                type="button"
                aria-label={t("admin.audit.without", { label })}
                onClick={onRemove}
                className="inline-flex size-8 shrink-0 items-center justify-center rounded-lg hover:bg-surface"
            >
                <X aria-hidden size={18} />
            </button>
        </span>
    );
}

type EntryProps = { entry: AuditEntry; set: (name: keyof Filter, value: string) => void };

function Entry({ entry, set }: EntryProps) {
    const { actor, timestamp, reason, appointmentId, version } = entry;
    return (
        <li className="border-b border-line py-4 last:border-0">
            <p className="font-semibold">{actionName(entry)}</p>
            <p className="text-sm wrap-anywhere text-muted">
                {t("timeline.by", {
                    name: actor.name,
                    role: t(`timeline.actor.${actor.type}`),
                })}{" "}
                · <time dateTime={timestamp}>{dayAndClock(timestamp)}</time> ·{" "}
                {t("timeline.version", { version })}
            </p>
            {reason && <p className="mt-1 wrap-anywhere whitespace-pre-line italic">“{reason}”</p>}
            <EntryChanges entry={entry} />
            <div className="mt-3 -ml-3 flex flex-wrap gap-2">
                {actor.id && (
                    <Button
                        look="quiet"
                        size="small"
                        aria-label={t("admin.audit.onlyPerson", { name: actor.name })}
                        onClick={() => set("actorId", actor.id ?? "")}
                    >
                        {t("admin.audit.person")}
                    </Button>
                )}
                <Button
                    look="quiet"
                    size="small"
                    onClick={() => set("appointmentId", appointmentId)}
                >
                    {t("admin.audit.onlyAppointment")}
                </Button>
                <Button asChild look="secondary" size="small">
                    <Link to={`/appointments/${appointmentId}`}>{t("admin.audit.see")}</Link>
                </Button>
            </div>
        </li>
    );
}

function Filters({ filter, set }: { filter: Filter; set: EntryProps["set"] }) {
    return (
        <div role="search" className="grid grid-cols-2 gap-3 sm:grid-cols-3">
            <Field
                label={t("admin.audit.from")}
                type="date"
                value={filter.from}
                max={filter.to || undefined}
                onChange={(event) => set("from", event.target.value)}
            />
            <Field
                label={t("admin.audit.to")}
                type="date"
                value={filter.to}
                min={filter.from || undefined}
                onChange={(event) => set("to", event.target.value)}
            />
            <Select
                label={t("admin.audit.action")}
                className="col-span-2 sm:col-span-1"
                value={filter.action}
                onChange={(event) => set("action", event.target.value)}
            >
                <option value="">{t("admin.audit.allActions")}</option>
                {ACTIONS.map((action) => (
                    <option key={action} value={action}>
                        {t(`timeline.action.${action}`)}
                    </option>
                ))}
            </Select>
        </div>
    );
}

export default function AuditPage() {
    const { filter, set, clear, isSet } = useFilter();
    const audit = useAudit(filter);
    const person = usePerson(filter.actorId).data;
    const found = rows(audit.data);
    return (
        <Page title={t("nav.audit")} lead={t("admin.audit.lead")}>
            <Filters filter={filter} set={set} />
            {isSet && (
                <div className="flex flex-wrap items-center gap-2">
                    {filter.actorId && (
                        <Chip
                            label={t("admin.audit.by", { name: person?.name ?? filter.actorId })}
                            onRemove={() => set("actorId", "")}
                        />
                    )}
                    {filter.appointmentId && (
                        <Chip
                            label={t("admin.audit.oneAppointment")}
                            onRemove={() => set("appointmentId", "")}
                        />
                    )}
                    <Button look="quiet" size="small" onClick={clear}>
                        {t("admin.audit.clear")}
                    </Button>
                </div>
            )}
            {audit.isPending && <Skeleton rows={5} />}
            {audit.error && (
                <ErrorNotice error={audit.error} onRetry={() => void audit.refetch()} />
            )}
            {audit.data && found.length === 0 && !audit.hasNextPage && (
                <Empty
                    icon={<ScrollText size={32} />}
                    title={t("admin.audit.none")}
                    text={t("admin.audit.noneText")}
                />
            )}
            {found.length > 0 && (
                <Card className="py-0">
                    <ol aria-label={t("admin.audit.list")}>
                        {found.map((entry) => (
                            <Entry key={entry.id} entry={entry} set={set} />
                        ))}
                    </ol>
                </Card>
            )}
            {audit.hasNextPage && (
                <Button
                    look="secondary"
                    className="self-center"
                    busy={audit.isFetchingNextPage}
                    onClick={() => void audit.fetchNextPage()}
                >
                    {found.length > 0 ? t("app.more") : t("admin.audit.lookFurther")}
                </Button>
            )}
        </Page>
    );
}
