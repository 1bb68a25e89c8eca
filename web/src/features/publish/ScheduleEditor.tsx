import type { Facility, Provider, Service } from "~/features/catalogue/queries";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";
import { Card } from "~/ui/Page";
import { OutsideNotice } from "./Conflicts";
import { ExceptionsEditor } from "./ExceptionsEditor";
import { MergeDialog } from "./MergeDialog";
import { SaveQuestion } from "./SaveQuestion";
import { differences, faultsOf, type Draft } from "./schedule";
import { useScheduleWork } from "./useScheduleWork";
import { WeekEditor } from "./WeekEditor";

const SHORTEST_MINUTES = 5;
const LONGEST_MINUTES = 1440;

type Props = {
    provider: Provider;
    kept: Draft;
    etag: string | null;
    facilities: Facility[];
    services: Service[];
};

export function ScheduleEditor({ provider, kept, etag, facilities, services }: Props) {
    const work = useScheduleWork(provider.id, kept, etag);
    const { draft, theirs, question, isChanged } = work;
    const zone = provider.timezone;
    const faults = faultsOf(draft);
    const isLengthRight =
        draft.slotMinutes >= SHORTEST_MINUTES && draft.slotMinutes <= LONGEST_MINUTES;
    const change = (part: Partial<Draft>) => work.setDraft({ ...draft, ...part });
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
            {work.error && <ErrorNotice error={work.error} />}
            {work.outside && <OutsideNotice found={work.outside} zone={zone} />}
            <div className="sticky bottom-16 z-10 flex flex-wrap items-center gap-3 rounded-card border border-line bg-surface p-3 shadow-card md:bottom-4">
                <Button
                    disabled={!isChanged || faults.size > 0 || !isLengthRight}
                    busy={work.isBusy}
                    onClick={() => work.trySave(draft, work.etag)}
                >
                    {t("publish.save")}
                </Button>
                <Button look="quiet" disabled={!isChanged || work.isBusy} onClick={work.discard}>
                    {t("publish.discard")}
                </Button>
                <p role="status" className="text-sm text-muted">
                    {isChanged ? t("publish.unsaved") : t("publish.takesEffect")}
                </p>
            </div>
            {theirs && (
                <MergeDialog
                    key={theirs.etag}
                    mine={draft}
                    theirs={theirs.draft}
                    suggested={differences(work.base, draft, theirs.draft)}
                    onMerge={(wanted) => work.trySave(wanted, theirs.etag)}
                    onClose={work.forgetTheirs}
                />
            )}
            {question && (
                <SaveQuestion
                    effect={question.effect}
                    zone={zone}
                    busy={work.isBusy}
                    onSave={() => work.save(question.draft, question.etag)}
                    onClose={work.forgetQuestion}
                />
            )}
        </div>
    );
}
