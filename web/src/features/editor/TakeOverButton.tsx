import { useState } from "react";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";

type Props = { name: string; busy: boolean; onConfirm: () => void };

/** An administrator's way in, which asks first. */
export function TakeOverButton({ name, busy, onConfirm }: Props) {
    const [open, setOpen] = useState(false);
    return (
        <>
            <Button look="danger" size="small" busy={busy} onClick={() => setOpen(true)}>
                {t("editLock.takeOver")}
            </Button>
            <Dialog
                open={open}
                onOpenChange={setOpen}
                title={t("editLock.takeOverTitle", { name })}
                description={t("editLock.takeOverText", { name })}
                footer={
                    <>
                        <Button look="secondary" onClick={() => setOpen(false)}>
                            {t("app.cancel")}
                        </Button>
                        <Button
                            look="danger"
                            onClick={() => {
                                setOpen(false);
                                onConfirm();
                            }}
                        >
                            {t("editLock.takeOverYes")}
                        </Button>
                    </>
                }
            />
        </>
    );
}
