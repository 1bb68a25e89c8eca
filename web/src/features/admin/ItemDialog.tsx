import { useState, type ReactNode, type SubmitEvent } from "react";
import { Problem } from "~/api/problem";
import { useToast } from "~/app/useToast";
import { t, type TextKey } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { AfterChange, isWorthTelling, type Effect } from "./AfterChange";
import { MergeFields } from "./MergeFields";
import { patchOf, useMergingSave, type Fields, type Versioned } from "./merging";
import { useCreate, useRefresh, type Noun } from "./nouns";
import { useKeyFor } from "./useKeyFor";
import { useWords } from "./words";

type Props<R extends Versioned> = {
    noun: Noun<R>;
    row: R | null;
    /** The form's fields; `errorOf` is what the server says of one. */
    children: (errorOf: (field: string) => string | undefined) => ReactNode;
    /** Checks the form and hands on what it says, as the API wants it. */
    submit: (save: (fields: Fields) => void) => (event: SubmitEvent<HTMLFormElement>) => void;
    /** Whose clocks its times are told in; the reader's without it. */
    zoneOf?: (row: R) => string;
    onClose: () => void;
};

/** Makes or changes one thing of the catalogue, with a merge when somebody else did, too. */
export function ItemDialog<R extends Versioned>({
    noun,
    row,
    children,
    submit,
    zoneOf,
    onClose,
}: Props<R>) {
    const toast = useToast();
    const refresh = useRefresh(noun);
    const words = useWords();
    const keyFor = useKeyFor();
    const [after, setAfter] = useState<(R & Effect) | null>(null);
    const saved = (now: R & Effect) => {
        refresh();
        toast.done(t("app.saved"));
        if (isWorthTelling(now)) setAfter(now);
        else onClose();
    };
    const create = useCreate(noun, saved);
    const { fieldsOf, change } = noun;
    const merging = useMergingSave<R>({ fieldsOf, change, onSaved: saved });
    const save = (fields: Fields) => {
        if (!row) {
            create.mutate({ body: fields, key: keyFor(fields) });
            return;
        }
        const patch = patchOf(fieldsOf(row), fields);
        if (Object.keys(patch).length > 0) merging.save(row, patch);
        else onClose();
    };
    if (after)
        return (
            <AfterChange
                name={noun.titleOf(after)}
                effect={after}
                zone={zoneOf?.(after)}
                onClose={onClose}
            />
        );
    if (merging.conflict) {
        const { theirs, patch, fields } = merging.conflict;
        const known = fieldsOf(theirs);
        return (
            <MergeFields
                conflicts={fields.map((field) => ({
                    field,
                    label: t(`admin.field.${field}` as TextKey),
                    theirs: words(field, known[field], known),
                    yours: words(field, patch[field], { ...known, ...patch }),
                }))}
                onSettle={merging.settle}
                onCancel={merging.forget}
            />
        );
    }
    const error = create.error ?? merging.error;
    const fieldErrors = error instanceof Problem ? error.fieldErrors : [];
    const errorOf = (field: string) =>
        fieldErrors.find((one) => one.field.split(".").at(-1) === field)?.message;
    const title = row
        ? t("admin.catalogue.edit", { name: noun.titleOf(row) })
        : t(`admin.catalogue.new.${noun.name}`);
    return (
        <Dialog
            open
            wide
            onOpenChange={(open) => {
                if (!open) onClose();
            }}
            title={title}
        >
            <form className="flex flex-col gap-4" onSubmit={submit(save)} noValidate>
                {error && fieldErrors.length === 0 && <ErrorNotice error={error} />}
                {fieldErrors.length > 0 && (
                    <Notice tone="error">{t("admin.catalogue.fieldErrors")}</Notice>
                )}
                {children(errorOf)}
                <div className="flex flex-col-reverse gap-2 sm:flex-row sm:justify-end">
                    <Button look="secondary" onClick={onClose}>
                        {t("app.cancel")}
                    </Button>
                    <Button type="submit" busy={create.isPending || merging.isPending}>
                        {t("app.save")}
                    </Button>
                </div>
            </form>
        </Dialog>
    );
}
