import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import type { Asker } from "./useControl";

type Props = {
    asker: Asker | null;
    hasDraft: boolean;
    onKeep: () => void;
    onHandOver: () => void;
    onSave: () => void;
};

/** Somebody asks for the edit lock that this window holds. */
export function HandOverDialog({ asker, hasDraft, onKeep, onHandOver, onSave }: Props) {
    return (
        <Dialog
            open={asker !== null}
            onOpenChange={(open) => {
                if (!open) onKeep();
            }}
            title={t("editLock.handOverTitle", { name: asker?.name ?? "" })}
            description={t(hasDraft ? "editLock.handOverDraft" : "editLock.handOverText")}
            footer={
                <>
                    <Button look="quiet" onClick={onKeep}>
                        {t("editLock.keep")}
                    </Button>
                    <Button look={hasDraft ? "secondary" : "primary"} onClick={onHandOver}>
                        {t(hasDraft ? "editLock.handOverUnsaved" : "editLock.handOver")}
                    </Button>
                    {hasDraft && <Button onClick={onSave}>{t("editLock.handOverSaved")}</Button>}
                </>
            }
        />
    );
}
