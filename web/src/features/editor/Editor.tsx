import { lazy, Suspense, useRef, useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import { useAppDispatch } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import { problemText } from "~/api/problem";
import { useUser } from "~/features/account/session";
import { appointmentKey, type AppointmentWithAudit } from "~/features/appointments/queries";
import { withRetry } from "~/lib/withRetry";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Notice } from "~/ui/Notice";
import { Card } from "~/ui/Page";
import { Actions } from "./Actions";
import { Comments } from "./Comments";
import { Cursors } from "./Cursors";
import { isDirty, tagOf, valuesOf } from "./draft";
import { DiscardDialog } from "./DiscardDialog";
import { EditForm } from "./EditForm";
import { EditLockBar } from "./EditLockBar";
import { Facts } from "./Facts";
import { HandOverDialog } from "./HandOverDialog";
import { MergeDialog } from "./MergeDialog";
import { RestoreNotice } from "./RestoreNotice";
import { Timeline } from "./Timeline";
import { useControl } from "./useControl";
import { useCursors } from "./useCursors";
import { useDraft } from "./useDraft";
import { useEditLock } from "./useEditLock";
import { useSave } from "./useSave";

const AppointmentMessages = lazy(
    withRetry(() => import("~/features/deliveries/AppointmentMessages")),
);

type Kept = { value: AppointmentWithAudit };

/** One appointment on staff's desk: to read, and to edit under its edit lock. */
export function Editor({ value }: Kept) {
    const client = useQueryClient();
    const me = useUser();
    const dispatch = useAppDispatch();
    const box = useRef<HTMLDivElement>(null);
    const lock = useEditLock(value.id, me.id);
    const drafts = useDraft(me.id, value.id);
    const saving = useSave(value, drafts, lock);
    const cursors = useCursors(value.id, me.id, box);

    const [hasEdited, setHasEdited] = useState(false);
    const failed = (error: unknown) => dispatch(toastShown(problemText(error), "failed"));
    const opened = () => {
        // Since the tap an event may have brought what the last editor saved.
        const latest = client.getQueryData<Kept>(appointmentKey(value.id))?.value ?? value;
        drafts.begin(valuesOf(latest), tagOf(latest));
        setHasEdited(true);
    };
    const begin = (expectedVersion: number | null = null) =>
        lock.acquire.mutate(expectedVersion, { onSuccess: opened, onError: failed });
    const control = useControl(value.id, me.id, lock, begin);

    const { state } = lock;
    const { draft } = drafts;
    const hasDraft = isDirty(draft);
    const isEditing = state.kind === "mine" && draft !== null;
    const isDeleted = value.deletedAt !== null;
    const proceed = () => {
        // What has only run out may be gone on with unless somebody was faster.
        const hasRunOut =
            state.kind === "mine" ||
            state.kind === "expired" ||
            (state.kind === "ended" && state.reason === "expired");
        begin(hasRunOut ? lock.version : null);
    };
    const [asksToDiscard, setAsksToDiscard] = useState(false);
    const stop = () => {
        setAsksToDiscard(false);
        drafts.drop();
        if (state.kind === "mine") lock.release.mutate();
        else lock.letGo();
    };

    return (
        <div ref={box} className="relative grid items-start gap-5 lg:grid-cols-[3fr_2fr]">
            <div className="flex min-w-0 flex-col gap-5">
                {isDeleted ? (
                    <RestoreNotice appointment={value} isAdmin={me.role === "admin"} />
                ) : (
                    <EditLockBar
                        lock={lock}
                        control={control}
                        isAdmin={me.role === "admin"}
                        hasDraft={hasDraft}
                        onContinue={proceed}
                        onTakeOver={() =>
                            lock.takeOver.mutate(undefined, { onSuccess: opened, onError: failed })
                        }
                    />
                )}
                {state.kind === "free" && hasDraft && (
                    <Notice
                        tone="warning"
                        action={
                            <Button
                                look="secondary"
                                size="small"
                                busy={lock.acquire.isPending}
                                onClick={() => begin()}
                            >
                                {t("editLock.continue")}
                            </Button>
                        }
                    >
                        {t("editor.unsaved")}
                    </Notice>
                )}
                <Card className="sm:p-6">
                    {isEditing || hasDraft ? (
                        <EditForm
                            // Focus goes to its first field whenever it can be edited again.
                            key={isEditing ? "editable" : "kept"}
                            appointment={value}
                            draft={draft}
                            drafts={drafts}
                            isEditable={isEditing}
                            isSaving={saving.isSaving}
                            error={saving.error}
                            onSave={saving.save}
                            onStop={() => (hasDraft ? setAsksToDiscard(true) : stop())}
                        />
                    ) : (
                        <div className="flex flex-col gap-5">
                            <div className="flex flex-wrap items-center justify-between gap-3">
                                <h2 className="text-lg font-bold">{t("editor.details")}</h2>
                                {!isDeleted && state.kind === "free" && (
                                    <Button
                                        look="secondary"
                                        // Where the keyboard was before the form came.
                                        autoFocus={hasEdited}
                                        busy={lock.acquire.isPending}
                                        onClick={() => begin()}
                                    >
                                        <Pencil aria-hidden size={18} />
                                        {t("editor.edit")}
                                    </Button>
                                )}
                            </div>
                            <Facts appointment={value} />
                        </div>
                    )}
                </Card>
                {!isDeleted && (
                    <Actions
                        appointment={value}
                        isLockedByOther={state.kind === "other" || state.kind === "taken"}
                        onLocked={(error) => void lock.refused(error)}
                    />
                )}
                <Suspense fallback={null}>
                    <AppointmentMessages appointmentId={value.id} />
                </Suspense>
                <Comments appointmentId={value.id} />
            </div>
            <Timeline appointment={value} />
            <Cursors cursors={cursors} />
            <HandOverDialog
                asker={control.asker}
                hasDraft={hasDraft}
                onKeep={control.decline}
                onHandOver={() => {
                    control.decline();
                    lock.release.mutate();
                }}
                onSave={() => {
                    control.decline();
                    saving.save();
                }}
            />
            {asksToDiscard && (
                <DiscardDialog onKeep={() => setAsksToDiscard(false)} onDiscard={stop} />
            )}
            {saving.conflict && (
                <MergeDialog
                    conflict={saving.conflict}
                    onSettled={saving.settle}
                    onPostpone={saving.postpone}
                />
            )}
        </div>
    );
}
