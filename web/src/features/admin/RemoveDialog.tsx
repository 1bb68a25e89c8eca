import { Problem } from "~/api/problem";
import { useToast } from "~/app/useToast";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { ErrorNotice, Notice } from "~/ui/Notice";
import type { Versioned } from "./merging";
import { useRefresh, useRemove, type Noun } from "./nouns";

type Props<R extends Versioned> = { noun: Noun<R>; row: R; onClose: () => void };

/** Asks before something leaves the catalogue, and explains why it may not. */
export function RemoveDialog<R extends Versioned>({ noun, row, onClose }: Props<R>) {
    const toast = useToast();
    const refresh = useRefresh(noun);
    const name = noun.titleOf(row);
    const remove = useRemove(noun, () => {
        refresh();
        toast.done(t("admin.catalogue.removed", { name }));
        onClose();
    });
    const { error } = remove;
    const isInUse = error instanceof Problem && error.scenario === "in_use";
    return (
        <Dialog
            open
            onOpenChange={(open) => {
                if (!open) onClose();
            }}
            title={t("admin.catalogue.removeTitle", { name })}
            description={t("admin.catalogue.removeText")}
            footer={
                <>
                    <Button look="secondary" onClick={onClose}>
                        {t("admin.catalogue.keep")}
                    </Button>
                    {!isInUse && (
                        <Button
                            look="danger"
                            busy={remove.isPending}
                            onClick={() => remove.mutate(row)}
                        >
                            {t("admin.catalogue.remove")}
                        </Button>
                    )}
                </>
            }
        >
            {isInUse && <Notice tone="warning">{t(`admin.catalogue.inUse.${noun.name}`)}</Notice>}
            {error && !isInUse && <ErrorNotice error={error} />}
        </Dialog>
    );
}
