import type { Schemas } from "~/api/client";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { OutsideNotice } from "./Conflicts";

type Props = {
    effect: Schemas["ScheduleEffect"];
    zone: string;
    busy: boolean;
    onSave: () => void;
    onClose: () => void;
};

/** What a schedule would do to the published calendar, before it does. */
export function SaveQuestion({ effect, zone, busy, onSave, onClose }: Props) {
    const { withdraws, publishes, conflicts } = effect;
    return (
        <Dialog
            open
            onOpenChange={(isOpen) => {
                if (!isOpen) onClose();
            }}
            title={t("publish.question.title")}
            description={
                <>
                    {t("publish.question.go", { count: withdraws })}{" "}
                    {t("publish.question.come", { count: publishes })}
                </>
            }
            footer={
                <>
                    <Button look="secondary" onClick={onClose}>
                        {t("app.cancel")}
                    </Button>
                    <Button busy={busy} onClick={onSave}>
                        {t("publish.question.save")}
                    </Button>
                </>
            }
        >
            {conflicts.length > 0 && <OutsideNotice found={effect} zone={zone} />}
        </Dialog>
    );
}
