import { useState } from "react";
import { PencilLine } from "lucide-react";
import { Problem } from "~/api/problem";
import { useAppDispatch } from "~/app/store";
import { toastShown } from "~/app/uiSlice";
import { useQueuedOf } from "~/offline";
import { dayAndClock } from "~/lib/time";
import { t, type TextKey } from "~/text";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { TextArea } from "~/ui/Field";
import { Notice } from "~/ui/Notice";
import type { Appointment } from "./queries";
import { useAct, whyText } from "./useAct";

const LONGEST = 4000;

/** What the client wants the provider to know. */
export function Notes({ appointment }: { appointment: Appointment }) {
    const [isEditing, setEditing] = useState(false);
    const waiting = useQueuedOf(appointment.id)
        .map((item) => item.change)
        .findLast((change) => change.kind === "notes");
    const notes = waiting?.notes ?? appointment.notes;
    return (
        <section aria-labelledby="notes" className="flex flex-col gap-2">
            <div className="flex items-center justify-between gap-3">
                <h2 id="notes" className="text-lg font-bold">
                    {t("appointments.notes")}
                </h2>
                {waiting && <Badge tone="blue">{t("offline.badge")}</Badge>}
            </div>
            {isEditing ? (
                <Editor
                    appointment={appointment}
                    start={notes ?? ""}
                    onClose={() => setEditing(false)}
                />
            ) : (
                <>
                    <p className={notes ? "whitespace-pre-wrap" : "text-muted"}>
                        {notes ?? t("appointments.notesEmpty")}
                    </p>
                    <Button
                        look="secondary"
                        className="self-start"
                        onClick={() => setEditing(true)}
                    >
                        <PencilLine aria-hidden size={18} />
                        {t(notes ? "appointments.notesEdit" : "appointments.notesAdd")}
                    </Button>
                </>
            )}
        </section>
    );
}

type Props = { appointment: Appointment; start: string; onClose: () => void };

/** Keeps the text whatever happens; a change by others meanwhile is shown, not written over. */
function Editor({ appointment, start, onClose }: Props) {
    const [text, setText] = useState(start);
    // What was on the screen when the writing began; the view behind goes on changing.
    const [before] = useState(start);
    const [base, setBase] = useState(appointment.version);
    const dispatch = useAppDispatch();
    const act = useAct(appointment);
    const save = (version: number) => {
        setBase(version);
        act.mutate(
            { kind: "notes", appointmentId: appointment.id, version, notes: text.trim() },
            {
                onSuccess: (done) => {
                    if (done !== "queued") dispatch(toastShown(t("app.saved")));
                    onClose();
                },
            },
        );
    };
    const stale = act.error instanceof Problem && act.error.status === 412 ? act.error : null;
    return (
        <form
            className="flex flex-col gap-3"
            onSubmit={(event) => {
                event.preventDefault();
                save(base);
            }}
        >
            {stale ? (
                <Stale
                    problem={stale}
                    before={before}
                    onTheirs={(notes) => {
                        setText(notes);
                        setBase(Number(stale.document.currentVersion));
                        act.reset();
                    }}
                    onMine={() => save(Number(stale.document.currentVersion))}
                />
            ) : (
                act.isError && <Notice tone="error">{whyText(act.error)}</Notice>
            )}
            <TextArea
                label={t("appointments.notes")}
                hint={t("appointments.notesHint", { provider: appointment.providerName })}
                value={text}
                rows={5}
                maxLength={LONGEST}
                autoFocus
                onChange={(event) => setText(event.target.value)}
            />
            <div className="flex justify-end gap-2">
                <Button look="secondary" onClick={onClose}>
                    {t("app.cancel")}
                </Button>
                {!stale && (
                    <Button type="submit" busy={act.isPending}>
                        {t("app.save")}
                    </Button>
                )}
            </div>
        </form>
    );
}

type StaleProps = {
    problem: Problem;
    /** The notes when the writing began. */
    before: string;
    onTheirs: (notes: string) => void;
    onMine: () => void;
};

function Stale({ problem, before, onTheirs, onMine }: StaleProps) {
    const current = problem.document.currentData as Appointment;
    const theirs = current.notes ?? "";
    const isOther = theirs !== before;
    return (
        <Notice
            tone="warning"
            action={
                <div className="flex flex-wrap gap-2">
                    {isOther && (
                        <Button size="small" look="secondary" onClick={() => onTheirs(theirs)}>
                            {t("appointments.notesTheirs")}
                        </Button>
                    )}
                    <Button size="small" onClick={onMine}>
                        {t("appointments.notesMine")}
                    </Button>
                </div>
            }
        >
            {isOther ? (
                <>
                    <p>{t("appointments.notesChanged")}</p>
                    <blockquote className="mt-1 border-l-2 border-current pl-3 whitespace-pre-wrap">
                        {theirs || t("appointments.notesEmpty")}
                    </blockquote>
                </>
            ) : (
                t("appointments.notesChangedElse", {
                    status: t(`status.${current.status}` as TextKey).toLowerCase(),
                    time: dayAndClock(current.start),
                })
            )}
        </Notice>
    );
}
