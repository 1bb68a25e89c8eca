import { useState } from "react";
import { Check } from "~/features/admin/Check";
import { t } from "~/text/calendars";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { ErrorNotice } from "~/ui/Notice";
import { useRemove } from "./queries";
import type { Connection } from "./standing";

/** Asks before a calendar is left alone, and what becomes of our events in it. */
export function RemoveDialog({
    connection,
    onClose,
}: {
    connection: Connection;
    onClose: () => void;
}) {
    const remove = useRemove(connection);
    const [removesEvents, setRemovesEvents] = useState(true);
    return (
        <Dialog
            open
            onOpenChange={(open) => {
                if (!open) onClose();
            }}
            title={t("calendars.removeTitle")}
            description={t("calendars.removeText")}
            footer={
                <>
                    <Button look="secondary" onClick={onClose}>
                        {t("calendars.keep")}
                    </Button>
                    <Button
                        look="danger"
                        busy={remove.isPending}
                        onClick={() => remove.mutate(removesEvents, { onSuccess: onClose })}
                    >
                        {t("calendars.removeYes")}
                    </Button>
                </>
            }
        >
            <Check
                label={t("calendars.removeEvents")}
                hint={t("calendars.removeEventsHint")}
                checked={removesEvents}
                onChange={({ target }) => setRemovesEvents(target.checked)}
            />
            {remove.error && <ErrorNotice error={remove.error} />}
        </Dialog>
    );
}
