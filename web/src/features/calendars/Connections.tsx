import { useState, type ReactNode } from "react";
import { CalendarSync, Check, Minus, Pencil, Plus, RefreshCw, Trash2 } from "lucide-react";
import { newKey } from "~/api/client";
import { dayAndClock } from "~/lib/time";
import { useNow } from "~/lib/useNow";
import { t } from "~/text/calendars";
import { Badge, type Tone } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Card } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { ConnectionDialog } from "./ConnectionDialog";
import { RemoveDialog } from "./RemoveDialog";
import { MOST_CONNECTIONS, useSync, type useConnections } from "./queries";
import {
    calendarName,
    newsOf,
    standingOf,
    type Asked,
    type Connection,
    type Standing,
} from "./standing";

const TONES: Record<Standing, Tone> = {
    works: "accent",
    first: "blue",
    late: "amber",
    unauthorized: "red",
    not_found: "red",
};

function Does({ isOn, children }: { isOn: boolean; children: ReactNode }) {
    const Icon = isOn ? Check : Minus;
    return (
        <li className={isOn ? "flex gap-2" : "flex gap-2 text-muted"}>
            <Icon aria-hidden size={18} className="mt-0.5 shrink-0" />
            {children}
        </li>
    );
}

/** What is wrong, and what to do about it. */
function Trouble({ standing, onEdit }: { standing: Standing; onEdit: () => void }) {
    if (standing === "late") return <Notice tone="warning">{t("calendars.lateText")}</Notice>;
    if (standing !== "unauthorized" && standing !== "not_found") return null;
    const isPassword = standing === "unauthorized";
    return (
        <Notice
            tone="error"
            action={
                <Button look="secondary" size="small" onClick={onEdit}>
                    {t(isPassword ? "calendars.newPassword" : "calendars.newAddress")}
                </Button>
            }
        >
            {t(isPassword ? "calendars.unauthorizedText" : "calendars.notFoundText")}
        </Notice>
    );
}

function newsText(news: ReturnType<typeof newsOf>, readAt: string | null): string {
    if (news === "reading") return t("calendars.syncReading");
    if (news === "slow") return t("calendars.syncSlow");
    return news === "done" && readAt ? t("calendars.syncDone", { time: dayAndClock(readAt) }) : "";
}

type OneProps = {
    connection: Connection;
    asked: Asked | undefined;
    onAsked: (asked: Asked) => void;
    onEdit: () => void;
    onRemove: () => void;
};

function One({ connection, asked, onAsked, onEdit, onRemove }: OneProps) {
    const { lastSyncedAt, username, url, push, busy } = connection;
    const now = useNow();
    const sync = useSync(connection);
    const standing = standingOf(connection, now);
    const news = asked && busy ? newsOf(connection, asked, now) : null;
    // Nothing would come of a sync before somebody sets it right.
    const isStopped = connection.state === "needs_attention";
    const name = calendarName(connection);
    const named = (action: string) => t("calendars.of", { action, name });
    return (
        <Card className="flex flex-col gap-3">
            <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1">
                <h3 className="min-w-0 text-lg font-bold wrap-anywhere">{name}</h3>
                <Badge tone={TONES[standing]}>{t(`calendars.standing.${standing}`)}</Badge>
                <p className="basis-full text-sm wrap-anywhere text-muted">
                    {url} {t("calendars.account", { user: username })}
                </p>
            </div>
            <ul className="flex flex-col gap-1">
                <Does isOn={push}>{t(push ? "calendars.push" : "calendars.pushOff")}</Does>
                <Does isOn={busy}>{t(busy ? "calendars.busy" : "calendars.busyOff")}</Does>
            </ul>
            <Trouble standing={standing} onEdit={onEdit} />
            {busy && (
                <p className="text-sm text-muted tabular-nums">
                    {lastSyncedAt
                        ? t("calendars.read", { time: dayAndClock(lastSyncedAt) })
                        : t("calendars.notRead")}
                </p>
            )}
            <div className="flex flex-wrap items-center gap-2">
                {!isStopped && (
                    <Button
                        size="small"
                        aria-label={named(t("calendars.sync"))}
                        busy={sync.isPending || news === "reading"}
                        onClick={() =>
                            sync.mutate(newKey(), {
                                onSuccess: ({ syncRequestedAt, updatedAt }) =>
                                    onAsked({
                                        at: syncRequestedAt ?? updatedAt,
                                        since: Date.now(),
                                    }),
                            })
                        }
                    >
                        {news !== "reading" && <RefreshCw aria-hidden size={16} />}
                        {t("calendars.sync")}
                    </Button>
                )}
                <Button
                    look="secondary"
                    size="small"
                    aria-label={named(t("calendars.edit"))}
                    onClick={onEdit}
                >
                    <Pencil aria-hidden size={16} />
                    {t("calendars.edit")}
                </Button>
                <Button
                    look="danger"
                    size="small"
                    aria-label={named(t("calendars.remove"))}
                    onClick={onRemove}
                >
                    <Trash2 aria-hidden size={16} />
                    {t("calendars.remove")}
                </Button>
            </div>
            <p role="status" className="text-sm font-medium empty:hidden">
                {newsText(news, lastSyncedAt)}
            </p>
            {sync.error && <ErrorNotice error={sync.error} />}
        </Card>
    );
}

type Open = { what: "form" | "remove"; connection: Connection | null } | null;

type Props = {
    providerId: string;
    connections: ReturnType<typeof useConnections>;
    asked: Record<string, Asked>;
    onAsked: (id: string, asked: Asked) => void;
};

/** A provider's calendars, and everything that can be done with them. */
export function Connections({ providerId, connections, asked, onAsked }: Props) {
    const [open, setOpen] = useState<Open>(null);
    const close = () => setOpen(null);
    const all = connections.data;
    const isFull = (all?.length ?? 0) >= MOST_CONNECTIONS;
    const add = (
        <Button onClick={() => setOpen({ what: "form", connection: null })}>
            <Plus aria-hidden size={20} />
            {t("calendars.connect")}
        </Button>
    );
    return (
        <section aria-labelledby="connections" className="flex flex-col gap-3">
            <div className="flex flex-wrap items-center justify-between gap-3">
                <h2 id="connections" className="text-xl font-bold">
                    {t("calendars.connections")}
                </h2>
                {all && all.length > 0 && !isFull && add}
            </div>
            {connections.isPending && <Skeleton rows={1} className="h-40" />}
            {connections.error && (
                <ErrorNotice error={connections.error} onRetry={() => void connections.refetch()} />
            )}
            {all?.length === 0 && (
                <Empty
                    icon={<CalendarSync size={32} />}
                    title={t("calendars.none")}
                    text={t("calendars.noneText")}
                    action={add}
                />
            )}
            {isFull && (
                <p className="text-muted">{t("calendars.most", { count: MOST_CONNECTIONS })}</p>
            )}
            {all && all.length > 0 && (
                <ul aria-labelledby="connections" className="flex flex-col gap-3">
                    {all.map((connection) => (
                        <li key={connection.id}>
                            <One
                                connection={connection}
                                asked={asked[connection.id]}
                                onAsked={(one) => onAsked(connection.id, one)}
                                onEdit={() => setOpen({ what: "form", connection })}
                                onRemove={() => setOpen({ what: "remove", connection })}
                            />
                        </li>
                    ))}
                </ul>
            )}
            {open?.what === "form" && (
                <ConnectionDialog
                    providerId={providerId}
                    connection={open.connection}
                    onClose={close}
                />
            )}
            {open?.what === "remove" && open.connection && (
                <RemoveDialog connection={open.connection} onClose={close} />
            )}
        </section>
    );
}
