import { t } from "~/text";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";

type Props = {
    open: boolean;
    onOpenChange: (open: boolean) => void;
    count: number;
    onSignOut: () => void;
};

/** Signing out forgets what is not booked yet, so it asks first. */
export function SignOutDialog({ open, onOpenChange, count, onSignOut }: Props) {
    return (
        <Dialog
            open={open}
            onOpenChange={onOpenChange}
            title={t("offline.signOutTitle")}
            description={t("offline.signOutText", { count })}
            footer={
                <>
                    <Button look="secondary" onClick={() => onOpenChange(false)}>
                        {t("offline.signOutNo")}
                    </Button>
                    <Button look="danger" onClick={onSignOut}>
                        {t("offline.signOutYes")}
                    </Button>
                </>
            }
        />
    );
}
