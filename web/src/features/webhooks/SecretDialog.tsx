import { t } from "~/text/steering";
import { Button } from "~/ui/Button";
import { CopyField } from "~/ui/CopyField";
import { Dialog } from "~/ui/Dialog";

/** A secret, the only time that it is shown: it does not go away by a tap beside it. */
export function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
    return (
        <Dialog
            open
            onOpenChange={() => undefined}
            title={t("webhooks.secretTitle")}
            description={t("webhooks.secretText")}
            footer={<Button onClick={onClose}>{t("webhooks.secretKept")}</Button>}
        >
            <CopyField label={t("webhooks.secret")} value={secret} copy={t("webhooks.copy")} />
        </Dialog>
    );
}
