import { useState } from "react";
import { Send } from "lucide-react";
import { rows as allRows } from "~/api/lists";
import { NOTHING, withAll } from "~/features/worklist/selection";
import { t } from "~/text/steering";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { ErrorNotice } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { Bus } from "./Bus";
import { BulkDialog, type Action } from "./BulkDialog";
import { queryOf, type Filter, type Wanted } from "./filter";
import { FilterBar } from "./FilterBar";
import { Glance, Missing } from "./Glance";
import { Lanes } from "./Lanes";
import { useDeliveries, useSummary } from "./queries";
import { Rows } from "./Rows";
import { useEndpointNames } from "./useEndpointNames";
import { useFilter } from "./useFilter";

const REFRESH_MS = 5000;
type Asked = { action: Action; of: { ids: string[] } | { filter: Wanted } } | null;

/** What can be done with all that a filter finds: only where that is one thing. */
function actionOnAll(filter: Filter): Action | null {
    if (filter.state === "dead") return "resend";
    return filter.state === "pending" ? "discard" : null;
}

function SelectionBar({
    count,
    onAct,
    onClear,
}: {
    count: number;
    onAct: (action: Action) => void;
    onClear: () => void;
}) {
    return (
        <div className="sticky bottom-20 z-20 flex flex-wrap items-center gap-2 rounded-card border border-accent bg-surface p-3 shadow-card md:bottom-4">
            <p role="status" className="font-semibold">
                {t("deliveries.selected", { count })}
            </p>
            <div className="ml-auto flex flex-wrap gap-2">
                <Button look="quiet" onClick={onClear}>
                    {t("deliveries.clearSelection")}
                </Button>
                <Button look="danger" onClick={() => onAct("discard")}>
                    {t("deliveries.discard")}
                </Button>
                <Button onClick={() => onAct("resend")}>{t("deliveries.resend")}</Button>
            </div>
        </div>
    );
}

/** All that leaves the server: how it goes, what is in trouble, and what to do about it. */
export default function DeliveriesPage() {
    const { filter, set, clear, isSet } = useFilter();
    const summary = useSummary(REFRESH_MS);
    const deliveries = useDeliveries(filter);
    const endpointNames = useEndpointNames();
    const [selection, setSelection] = useState(NOTHING);
    const [asked, setAsked] = useState<Asked>(null);
    const found = allRows(deliveries.data);
    const shown = new Set(found.map(({ id }) => id));
    const ids = [...selection.ids].filter((id) => shown.has(id));
    const onAll = actionOnAll(filter);
    return (
        <Page title={t("nav.deliveries")} lead={t("deliveries.lead")} width="wide">
            {summary.error && (
                <ErrorNotice error={summary.error} onRetry={() => void summary.refetch()} />
            )}
            {summary.data && (
                <>
                    <Missing summary={summary.data} />
                    <Glance summary={summary.data} />
                </>
            )}
            <Lanes endpointNames={endpointNames} />
            {summary.data?.bus && <Bus bus={summary.data.bus} />}
            <FilterBar filter={filter} set={set} clear={clear} isSet={isSet} />
            {deliveries.isPending && <Skeleton rows={5} />}
            {deliveries.error && (
                <ErrorNotice error={deliveries.error} onRetry={() => void deliveries.refetch()} />
            )}
            {deliveries.data && found.length === 0 && !deliveries.hasNextPage && (
                <Empty
                    icon={<Send size={32} />}
                    title={t(isSet ? "deliveries.noneFound" : "deliveries.none")}
                    text={t(isSet ? "deliveries.noneFoundText" : "deliveries.noneText")}
                />
            )}
            {found.length > 0 && (
                <div className="flex flex-col gap-2">
                    <div className="flex flex-wrap gap-2">
                        <Button
                            look="quiet"
                            size="small"
                            onClick={() => setSelection(withAll(selection, [...shown]))}
                        >
                            {t("deliveries.selectShown")}
                        </Button>
                        {onAll && (
                            <Button
                                look="secondary"
                                size="small"
                                onClick={() =>
                                    setAsked({ action: onAll, of: { filter: queryOf(filter) } })
                                }
                            >
                                {t(
                                    onAll === "resend"
                                        ? "deliveries.resendAll"
                                        : "deliveries.discardAll",
                                )}
                            </Button>
                        )}
                    </div>
                    <Rows rows={found} selection={selection} onSelect={setSelection} />
                </div>
            )}
            {deliveries.hasNextPage && (
                <Button
                    look="secondary"
                    className="self-center"
                    busy={deliveries.isFetchingNextPage}
                    onClick={() => void deliveries.fetchNextPage()}
                >
                    {found.length > 0 ? t("app.more") : t("deliveries.lookFurther")}
                </Button>
            )}
            {ids.length > 0 && (
                <SelectionBar
                    count={ids.length}
                    onAct={(action) => setAsked({ action, of: { ids } })}
                    onClear={() => setSelection(NOTHING)}
                />
            )}
            {asked && (
                <BulkDialog
                    {...asked}
                    onClose={(isDone) => {
                        setAsked(null);
                        if (isDone) setSelection(NOTHING);
                    }}
                />
            )}
        </Page>
    );
}
