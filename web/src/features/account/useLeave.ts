import { useNavigate } from "react-router";
import { useAppDispatch } from "~/app/store";
import { signOutAsked, toastShown } from "~/app/uiSlice";
import { useQueue } from "~/offline";
import { t } from "~/text";
import { useSignOut } from "./session";

/** Signing out, from anywhere. `ask` asks first when something that is not booked yet would go. */
export function useLeave() {
    const navigate = useNavigate();
    const dispatch = useAppDispatch();
    const signOut = useSignOut();
    const queued = useQueue().length;
    // What was tapped may be gone by then, a menu or the palette: nothing here depends on it.
    const leave = () =>
        void signOut.mutateAsync().then(
            (outcome) => {
                if (outcome === "owed") dispatch(toastShown(t("nav.signOutOwed")));
                void navigate("/");
            },
            () => dispatch(toastShown(t("nav.signOutFailed"), "failed")),
        );
    return { queued, leave, ask: () => (queued > 0 ? void dispatch(signOutAsked(true)) : leave()) };
}
