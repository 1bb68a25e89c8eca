import { CircleAlert, CircleCheck, CircleDashed, CirclePause, Terminal } from "lucide-react";
import { Link } from "react-router";
import { locale } from "~/lib/locale";
import { t } from "~/text/staff";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Card, Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { Spinner } from "~/ui/Spinner";
import { progress, total, type CheckInfo, type CheckState, type Run } from "./integrity";
import { useChecks, useIntegrityRun } from "./useIntegrityRun";

const number = new Intl.NumberFormat(locale);

function StateIcon({ state }: { state: CheckState | undefined }) {
    if (state?.violationCount) return <CircleAlert aria-hidden size={20} className="text-red" />;
    switch (state?.phase) {
        case "done":
            return <CircleCheck aria-hidden size={20} className="text-accent" />;
        case "running":
            return <Spinner />;
        case "stopped":
        case "failed":
            return <CirclePause aria-hidden size={20} className="text-amber" />;
        default:
            return <CircleDashed aria-hidden size={20} className="text-muted" />;
    }
}

function words(info: CheckInfo, state: CheckState | undefined): string {
    if (!info.inParts) return t("admin.integrity.byCommand");
    if (!state) return t("admin.integrity.notYet");
    const rows = number.format(state.rows);
    const key = state.violationCount && state.phase === "done" ? "wrong" : state.phase;
    return t(`admin.integrity.phase.${key}`, { rows, violations: state.violationCount });
}

function Violations({ state }: { state: CheckState }) {
    const { violations, violationCount } = state;
    return (
        <div className="mt-2 rounded-xl bg-red-soft p-3">
            <ul className="flex flex-col gap-1.5 text-sm">
                {violations.map(({ table, id, what }, index) => (
                    <li key={index} className="wrap-anywhere">
                        {table === "appointments" ? (
                            <Link
                                className="font-semibold text-red underline"
                                to={`/appointments/${id}`}
                            >
                                {table} {id}
                            </Link>
                        ) : (
                            <span className="font-semibold text-red">
                                {table} {id}
                            </span>
                        )}
                        : {what}
                    </li>
                ))}
            </ul>
            {violationCount > violations.length && (
                <p className="mt-2 text-sm font-semibold">
                    {t("admin.integrity.more", { count: violationCount - violations.length })}
                </p>
            )}
        </div>
    );
}

function CheckRow({ info, state }: { info: CheckInfo; state: CheckState | undefined }) {
    return (
        <li className="border-b border-line py-3 last:border-0">
            <div className="flex items-center gap-3">
                <span className="flex size-5 shrink-0 items-center justify-center">
                    {info.inParts ? (
                        <StateIcon state={state} />
                    ) : (
                        <Terminal aria-hidden size={20} className="text-muted" />
                    )}
                </span>
                <div className="min-w-0 flex-1">
                    <p className="font-medium first-letter:uppercase">{info.title}</p>
                    <p className="text-sm text-muted tabular-nums">{words(info, state)}</p>
                </div>
                <Badge>{info.invariant}</Badge>
            </div>
            {state && state.violationCount > 0 && <Violations state={state} />}
        </li>
    );
}

function Progress({ run }: { run: Run }) {
    const part = Math.round(progress(run) * 100);
    return (
        <div
            role="progressbar"
            aria-label={t("admin.integrity.progress")}
            aria-valuenow={part}
            aria-valuemin={0}
            aria-valuemax={100}
            className="h-3 overflow-hidden rounded-full border border-line-strong bg-sunken"
        >
            <div className="h-full bg-accent" style={{ width: `${part}%` }} />
        </div>
    );
}

function Outcome({ run }: { run: Run }) {
    const { rows, violations, done } = total(run);
    const values = { rows: number.format(rows), checks: done, of: run.checks.length };
    if (run.phase === "running") return null;
    if (violations > 0)
        return (
            <Notice tone="error">
                {t("admin.integrity.found", { ...values, count: violations })}
            </Notice>
        );
    if (run.phase === "done") return <Notice>{t("admin.integrity.clean", values)}</Notice>;
    return <Notice tone="warning">{t("admin.integrity.partly", values)}</Notice>;
}

export default function IntegrityPage() {
    const checks = useChecks();
    const { run, error, start, stop } = useIntegrityRun();
    const isRunning = run?.phase === "running";
    const known = checks.data;
    const stateOf = (name: string) => run?.checks.find(({ info }) => info.name === name);
    // What is wrong stands first, once nothing moves any more.
    const wrongCount = ({ name }: CheckInfo) => stateOf(name)?.violationCount ?? 0;
    const inOrder = isRunning
        ? known
        : known?.toSorted((one, other) => wrongCount(other) - wrongCount(one));
    return (
        <Page
            title={t("nav.integrity")}
            lead={t("admin.integrity.lead")}
            actions={
                isRunning ? (
                    <Button look="secondary" onClick={stop}>
                        {t("admin.integrity.stop")}
                    </Button>
                ) : (
                    known && (
                        <Button onClick={() => void start(known)}>
                            {run ? t("admin.integrity.again") : t("admin.integrity.start")}
                        </Button>
                    )
                )
            }
        >
            {checks.isPending && <Skeleton rows={5} />}
            {checks.error && (
                <ErrorNotice error={checks.error} onRetry={() => void checks.refetch()} />
            )}
            {run && <Progress run={run} />}
            {run && <Outcome run={run} />}
            {error != null && <ErrorNotice error={error} />}
            {known && (
                <Card className="py-1">
                    <h2 className="sr-only">{t("admin.integrity.checks")}</h2>
                    <ul aria-label={t("admin.integrity.checks")}>
                        {inOrder?.map((info) => (
                            <CheckRow key={info.name} info={info} state={stateOf(info.name)} />
                        ))}
                    </ul>
                </Card>
            )}
            <p className="text-sm text-muted">{t("admin.integrity.command")}</p>
        </Page>
    );
}
