import { useAppDispatch } from "~/app/store";
import { t } from "~/text";
import { TextArea } from "~/ui/Field";
import { notesWritten, type Draft } from "./draftSlice";

const NOTES_MAX = 4000;

/** The notes of the draft; they stay as they are while a confirmation with them is on its way. */
export function NotesField({ draft }: { draft: Draft }) {
    const dispatch = useAppDispatch();
    return (
        <TextArea
            label={t("book.notes")}
            hint={t("book.notesHint")}
            rows={2}
            maxLength={NOTES_MAX}
            readOnly={draft.attempt !== null}
            value={draft.notes}
            onChange={({ target }) => dispatch(notesWritten(target.value))}
        />
    );
}
