import { useState } from "react";
import { Problem } from "~/api/problem";
import { useToast } from "~/app/useToast";
import {
    useFacilities,
    useServices,
    type Facility,
    type Provider,
    type Service,
} from "~/features/catalogue/queries";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Card } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { ExceptionsEditor } from "./ExceptionsEditor";
import { MergeDialog } from "./MergeDialog";
import { usePutSchedule, useSchedule } from "./queries";
import {
    differences,
    draftOf,
    EMPTY,
    faultsOf,
    PARTS,
    isSame,
    type Draft,
    type Schedule,
} from "./schedule";
import { WeekEditor } from "./WeekEditor";

const SHORTEST_MINUTES = 5;
const LONGEST_MINUTES = 1440;

type Conflict = { theirs: Draft; etag: string };

function conflictOf(error: unknown): Conflict | null {
    if (!(error instanceof Problem) || error.status !== 412) return null;
    const { currentData, currentVersion } = error.document as {
        currentData: Schedule;
        currentVersion: number;
    };
    return { theirs: draftOf(currentData), etag: `"${currentVersion}"` };
}

type EditorProps = {
    provider: Provider;
    kept: Draft;
    etag: string | null;
    facilities: Facility[];
    services: Service[];
};

function Editor({ provider, kept, etag, facilities, services }: EditorProps) {
    const [base, setBase] = useState({ draft: kept, etag });
    const [draft, setDraft] = useState(kept);
    const [conflict, setConflict] = useState<Conflict | null>(null);
    const put = usePutSchedule(provider.id);
    const toast = useToast();
    const faults = faultsOf(draft);
    const isChanged = PARTS.some((part) => !isSame(base.draft, draft, part));
    const isLengthRight =
        draft.slotMinutes >= SHORTEST_MINUTES && draft.slotMinutes <= LONGEST_MINUTES;
    const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
    const save = (wanted: Draft, over: string | null) => {
        setDraft(wanted);
        put.mutate(
            { draft: wanted, etag: over },
            {
                onSuccess: (saved) => {
                    setBase({ draft: draftOf(saved.value), etag: saved.etag });
                    setConflict(null);
                    toast.done(t("publish.saved"));
                },
                onError: (error) => setConflict(conflictOf(error)),
            },
        );
    };
    return (
        <div className="flex flex-col gap-5">
            <Card className="flex flex-col gap-2 p-5">
                <h2 className="text-lg font-bold">{t("publish.part.weekly")}</h2>
                <WeekEditor
                    draft={draft}
                    onChange={change}
                    faults={faults}
                    facilities={facilities}
                    services={services}
                />
            </Card>
            <Card className="flex flex-col gap-3 p-5">
                <h2 className="text-lg font-bold">{t("publish.part.exceptions")}</h2>
                <ExceptionsEditor
                    exceptions={draft.exceptions}
                    onChange={change}
                    faults={faults}
                    facilities={facilities}
                />
            </Card>
            <Card className="p-5">
                <Field
                    label={t("publish.part.slotMinutes")}
                    hint={t("publish.slotMinutesHint")}
                    error={isLengthRight ? undefined : t("publish.slotMinutesWrong")}
                    type="number"
                    min={SHORTEST_MINUTES}
                    max={LONGEST_MINUTES}
                    className="max-w-60"
                    value={draft.slotMinutes || ""}
                    onChange={(event) => change({ slotMinutes: Number(event.target.value) })}
                />
            </Card>
            {put.isError && !conflict && <ErrorNotice error={put.error} />}
            <div className="sticky bottom-16 z-10 flex flex-wrap items-center gap-3 rounded-card border border-line bg-surface p-3 shadow-card md:bottom-4">
                <Button
                    disabled={!isChanged || faults.size > 0 || !isLengthRight}
                    busy={put.isPending}
                    onClick={() => save(draft, base.etag)}
                >
                    {t("publish.save")}
                </Button>
                <Button
                    look="quiet"
                    disabled={!isChanged || put.isPending}
                    onClick={() => setDraft(base.draft)}
                >
                    {t("publish.discard")}
                </Button>
                <p role="status" className="text-sm text-muted">
                    {isChanged ? t("publish.unsaved") : t("publish.publishedStay")}
                </p>
            </div>
            {conflict && (
                <MergeDialog
                    key={conflict.etag}
                    mine={draft}
                    theirs={conflict.theirs}
                    suggested={differences(base.draft, draft, conflict.theirs)}
                    onMerge={(wanted) => save(wanted, conflict.etag)}
                    onClose={() => setConflict(null)}
                />
            )}
        </div>
    );
}

/** A provider's week, breaks and days that differ. */
export function ScheduleTab({ provider }: { provider: Provider }) {
    const schedule = useSchedule(provider.id);
    const facilities = useFacilities();
    const services = useServices();
    // Hours that are added name a facility: nothing can be added before they are known.
    for (const one of [schedule, facilities, services])
        if (one.isError)
            return <ErrorNotice error={one.error} onRetry={() => void one.refetch()} />;
    if (schedule.isPending || !facilities.data || !services.data) return <Skeleton rows={5} />;
    return (
        <>
            {schedule.data === null && <Notice>{t("publish.noSchedule")}</Notice>}
            <Editor
                key={provider.id}
                provider={provider}
                kept={schedule.data ? draftOf(schedule.data.value) : EMPTY}
                etag={schedule.data?.etag ?? null}
                facilities={facilities.data.filter(({ id }) => provider.facilityIds.includes(id))}
                services={services.data.filter(({ id }) => provider.serviceIds.includes(id))}
            />
        </>
    );
}
