import { useState, type ReactNode } from "react";
import { newKey } from "~/api/client";
import { t } from "~/text/staff";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { ErrorNotice } from "~/ui/Notice";
import type { Tap } from "./useActions";

const REASON_MAXIMUM = 500;

type Props = {
    title: string;
    description: ReactNode;
    confirm: string;
    keep?: string;
    isDangerous?: boolean;
    isReady?: boolean;
    /** It has begun, or is taken back: history is to say why. */
    needsReason?: boolean;
    wide?: boolean;
    busy: boolean;
    error: Error | null;
    children?: ReactNode;
    onConfirm: (tap: Tap) => void;
    onClose: () => void;
};

/** Asks before something is done, and why. One opening is one tap: retries keep its key. */
export function ActionDialog(props: Props) {
    const { title, description, confirm, keep, busy, error, children, onConfirm, onClose } = props;
    const [reason, setReason] = useState("");
    const [key, setKey] = useState(newKey);
    const needsReason = props.needsReason === true;
    const isMissing = needsReason && reason.trim() === "";
    return (
        <Dialog
            open
            wide={props.wide ?? false}
            onOpenChange={(open) => {
                if (!open) onClose();
            }}
            title={title}
            description={description}
            footer={
                <>
                    <Button look="secondary" onClick={onClose}>
                        {keep ?? t("app.cancel")}
                    </Button>
                    <Button
                        look={props.isDangerous ? "danger" : "primary"}
                        busy={busy}
                        disabled={props.isReady === false || isMissing}
                        onClick={() => onConfirm({ reason, key })}
                    >
                        {confirm}
                    </Button>
                </>
            }
        >
            {children}
            <Field
                label={t("editor.reason")}
                hint={t(needsReason ? "editor.reasonNeeded" : "editor.reasonHint")}
                required={needsReason}
                maxLength={REASON_MAXIMUM}
                value={reason}
                onChange={(event) => {
                    setReason(event.target.value);
                    setKey(newKey());
                }}
            />
            {error && <ErrorNotice error={error} />}
        </Dialog>
    );
}
