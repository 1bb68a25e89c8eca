import { useId, useState } from "react";
import { CalendarSearch } from "lucide-react";
import { useSearchParams } from "react-router";
import { rows as rowsOf } from "~/api/lists";
import type { Appointment } from "~/features/appointments/queries";
import { cn } from "~/lib/cn";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { ErrorNotice } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { done, failed, type BulkAction } from "./bulk";
import { BulkDialog } from "./BulkDialog";
import { FilterBar } from "./FilterBar";
import { readFilters, writeFilters } from "./filters";
import { useWorklist } from "./queries";
import { Rows } from "./Rows";
import { NOTHING, withAll, without } from "./selection";
import { SelectionBar } from "./SelectionBar";
import { useBulk } from "./useBulk";
import { WorklistLive } from "./WorklistLive";

type Asked = { action: BulkAction; rows: Appointment[] };

export default function WorklistPage() {
    const [params, setParams] = useSearchParams();
    const filters = readFilters(params);
    const list = useWorklist(filters);
    const rows = rowsOf(list.data);
    const order = rows.map(({ id }) => id);
    const [selection, setSelection] = useState(NOTHING);
    const [asked, setAsked] = useState<Asked | null>(null);
    const [failures, setFailures] = useState<ReadonlyMap<string, string>>(new Map());
    const hintId = useId();
    const bulk = useBulk((results) => {
        setSelection((now) => without(now, done(results)));
        setFailures(new Map(failed(results).map(({ id, scenario }) => [id, scenario])));
    });
    // What left the list (filtered away, deleted by others) is not acted on unseen.
    const selected = rows.filter(({ id }) => selection.ids.has(id));
    const areAll = rows.length > 0 && selected.length === rows.length;

    return (
        <Page width="wide" title={t("worklist.title")} lead={t("worklist.lead")}>
            <WorklistLive providerId={filters.providerId} />
            <FilterBar
                filters={filters}
                onChange={(change) =>
                    // The address itself: what is drawn may be older, and a change would get lost.
                    setParams(
                        writeFilters({
                            ...readFilters(new URLSearchParams(location.search)),
                            ...change,
                        }),
                        { replace: true },
                    )
                }
            />
            {list.error && <ErrorNotice error={list.error} onRetry={() => void list.refetch()} />}
            {list.isPending && <Skeleton rows={5} />}
            {list.isSuccess && rows.length === 0 && (
                <Empty
                    icon={<CalendarSearch size={36} />}
                    title={t("worklist.emptyTitle")}
                    text={t("worklist.emptyText")}
                />
            )}
            {rows.length > 0 && (
                <div
                    aria-busy={list.isPlaceholderData}
                    className={cn("flex flex-col gap-2", list.isPlaceholderData && "opacity-60")}
                >
                    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3">
                        <label className="-ml-2 flex min-h-11 cursor-pointer items-center gap-3 pl-2 font-medium">
                            <input
                                type="checkbox"
                                aria-describedby={hintId}
                                checked={areAll}
                                ref={(box) => {
                                    if (box) box.indeterminate = selected.length > 0 && !areAll;
                                }}
                                onChange={() =>
                                    setSelection((now) =>
                                        areAll ? without(now, order) : withAll(now, order),
                                    )
                                }
                                className="size-5 accent-accent"
                            />
                            {t("worklist.selectAll")}
                        </label>
                        <p className="text-muted">{t("worklist.shown", { count: rows.length })}</p>
                        <p id={hintId} className="sr-only">
                            {t("worklist.keys")}
                        </p>
                    </div>
                    <Rows
                        rows={rows}
                        selection={selection}
                        onSelect={setSelection}
                        failures={failures}
                    />
                </div>
            )}
            {list.hasNextPage && (
                <Button
                    look="secondary"
                    className="self-center"
                    busy={list.isFetchingNextPage}
                    onClick={() => void list.fetchNextPage()}
                >
                    {t("worklist.more")}
                </Button>
            )}
            <SelectionBar
                count={selected.length}
                onAct={(action) => setAsked({ action, rows: selected })}
                onClear={() => setSelection(NOTHING)}
            />
            {asked && (
                <BulkDialog
                    action={asked.action}
                    rows={asked.rows}
                    bulk={bulk}
                    onClose={() => setAsked(null)}
                />
            )}
        </Page>
    );
}
