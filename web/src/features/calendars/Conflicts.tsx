import { Link } from "react-router";
import { rows } from "~/api/lists";
import { clockRange, shortDay } from "~/lib/time";
import { t } from "~/text/calendars";
import { StatusBadge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { ErrorNotice } from "~/ui/Notice";
import { Card } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { useConflicts, type Conflict } from "./queries";

/** 14:00–16:00, and with its day where that is another one than the slot's. */
function busyText({ start, busyStart, busyEnd }: Conflict): string {
    const day = shortDay(busyStart);
    const isSameDay = day === shortDay(start) && day === shortDay(busyEnd);
    const range = clockRange(busyStart, busyEnd);
    if (isSameDay) return range;
    return day === shortDay(busyEnd) ? `${day}, ${range}` : `${day} – ${shortDay(busyEnd)}`;
}

function One({ conflict }: { conflict: Conflict }) {
    const when = `${shortDay(conflict.start)}, ${clockRange(conflict.start, conflict.end)}`;
    return (
        <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line py-3 last:border-0">
            <div className="min-w-0 flex-1 basis-56">
                {conflict.appointmentId ? (
                    <Link
                        to={`/appointments/${conflict.appointmentId}`}
                        className="inline-flex min-h-6 items-center font-semibold text-accent tabular-nums underline-offset-4 hover:underline"
                    >
                        {when}
                    </Link>
                ) : (
                    <p className="font-semibold tabular-nums">{when}</p>
                )}
                <p className="text-sm text-muted tabular-nums">
                    {t("calendars.busyThere", { time: busyText(conflict) })}
                    {!conflict.appointmentId && ` · ${t("calendars.heldText")}`}
                </p>
            </div>
            <StatusBadge status={conflict.status} />
        </li>
    );
}

/** What somebody has while a calendar says that the provider is busy. */
export function Conflicts({ providerId, readAt }: { providerId: string; readAt: string }) {
    const list = useConflicts(providerId, readAt);
    const all = rows(list.data);
    return (
        <section aria-labelledby="conflicts" className="flex flex-col gap-3">
            <div>
                <h2 id="conflicts" className="text-xl font-bold">
                    {t("calendars.conflicts")}
                </h2>
                {all.length > 0 && <p className="text-muted">{t("calendars.conflictsLead")}</p>}
            </div>
            {list.isPending && <Skeleton rows={1} />}
            {list.error && <ErrorNotice error={list.error} onRetry={() => void list.refetch()} />}
            {list.data && all.length === 0 && (
                <p className="text-muted">{t("calendars.noConflicts")}</p>
            )}
            {all.length > 0 && (
                <Card className="py-1">
                    <ul aria-labelledby="conflicts">
                        {all.map((conflict) => (
                            <One key={conflict.slotId} conflict={conflict} />
                        ))}
                    </ul>
                </Card>
            )}
            {list.hasNextPage && (
                <Button
                    look="secondary"
                    className="self-center"
                    busy={list.isFetchingNextPage}
                    onClick={() => void list.fetchNextPage()}
                >
                    {t("app.more")}
                </Button>
            )}
        </section>
    );
}
