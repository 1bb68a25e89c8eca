import { useAppDispatch } from "~/app/store";
import { signOutAsked } from "~/app/uiSlice";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { useLeave } from "./useLeave";

/** Signing out forgets what is not booked yet, so it asks first. */
export function SignOutDialog() {
    const dispatch = useAppDispatch();
    const { queued, leave } = useLeave();
    const close = () => dispatch(signOutAsked(false));
    return (
        <Dialog
            open
            onOpenChange={close}
            title={t("offline.signOutTitle")}
            description={t("offline.signOutText", { count: queued })}
            footer={
                <>
                    <Button look="secondary" onClick={close}>
                        {t("offline.signOutNo")}
                    </Button>
                    <Button
                        look="danger"
                        onClick={() => {
                            close();
                            leave();
                        }}
                    >
                        {t("offline.signOutYes")}
                    </Button>
                </>
            }
        />
    );
}
