import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";

/** Asks before typed text is thrown away. */
export function DiscardDialog({
    onKeep,
    onDiscard,
}: {
    onKeep: () => void;
    onDiscard: () => void;
}) {
    return (
        <Dialog
            open
            onOpenChange={(open) => {
                if (!open) onKeep();
            }}
            title={t("editor.discardTitle")}
            description={t("editor.discardText")}
            footer={
                <>
                    <Button look="secondary" onClick={onKeep}>
                        {t("editor.discardNo")}
                    </Button>
                    <Button look="danger" onClick={onDiscard}>
                        {t("editor.discard")}
                    </Button>
                </>
            }
        />
    );
}
