import { LogOut, Settings } from "lucide-react";
import { useNavigate } from "react-router";
import type { User } from "~/features/account/session";
import { SignOutDialog } from "~/features/account/SignOutDialog";
import { useLeave } from "~/features/account/useLeave";
import { t } from "~/text";
import { Menu, MenuItem, MenuLine } from "~/ui/Menu";
import { AccountButton } from "./AccountButton";
import { useAppSelector } from "./store";

/** What belongs to whoever is signed in, signing out with its question included. */
export default function AccountMenu({ me }: { me: User }) {
    const navigate = useNavigate();
    const { ask } = useLeave();
    const isSignOutAsked = useAppSelector((state) => state.ui.isSignOutAsked);
    return (
        <>
            <Menu trigger={<AccountButton me={me} />}>
                <div className="px-3 py-2">
                    <p className="font-semibold">{me.name}</p>
                    <p className="text-sm text-muted">{me.email}</p>
                </div>
                <MenuLine />
                <MenuItem onSelect={() => void navigate("/settings")}>
                    <Settings aria-hidden size={18} />
                    {t("nav.settings")}
                </MenuItem>
                <MenuItem onSelect={ask}>
                    <LogOut aria-hidden size={18} />
                    {t("nav.signOut")}
                </MenuItem>
            </Menu>
            {isSignOutAsked && <SignOutDialog />}
        </>
    );
}
