import { Command } from "cmdk";
import { Contrast, LogIn, LogOut, Monitor, Moon, Search, Settings, Sun } from "lucide-react";
import { useNavigate } from "react-router";
import { NAV, type NavItem } from "~/app/nav";
import { useAppDispatch, useAppSelector } from "~/app/store";
import { lookChosen } from "~/app/uiSlice";
import type { User } from "~/features/account/session";
import { useLeave } from "~/features/account/useLeave";
import { t } from "~/text";
import { GROUP, ITEM } from "./look";
import type { Run } from "./Palette";

const SIGNED_OUT: NavItem[] = [
    { to: "/find", label: "nav.find", icon: Search },
    { to: "/sign-in", label: "nav.signIn", icon: LogIn },
];
const SETTINGS: NavItem = { to: "/settings", label: "nav.settings", icon: Settings };

export function ScreensGroup({ me, run }: { me: User | null | undefined; run: Run }) {
    const navigate = useNavigate();
    const screens = me ? [...NAV[me.role], SETTINGS] : SIGNED_OUT;
    return (
        <Command.Group heading={t("palette.screens")} className={GROUP}>
            {screens.map(({ to, label, icon: Icon }) => (
                <Command.Item
                    key={to}
                    value={to}
                    keywords={[t(label)]}
                    className={ITEM}
                    onSelect={run(() => void navigate(to))}
                >
                    <Icon aria-hidden size={18} />
                    {t(label)}
                </Command.Item>
            ))}
        </Command.Group>
    );
}

const THEMES = [
    { theme: "light", icon: Sun },
    { theme: "dark", icon: Moon },
    { theme: "system", icon: Monitor },
] as const;

export function LookGroup({ run }: { run: Run }) {
    const dispatch = useAppDispatch();
    const { contrast } = useAppSelector((state) => state.ui.look);
    const isMore = contrast === "more";
    return (
        <Command.Group heading={t("look.title")} className={GROUP}>
            {THEMES.map(({ theme, icon: Icon }) => (
                <Command.Item
                    key={theme}
                    value={`look ${theme}`}
                    keywords={[t("look.theme"), t(`look.${theme}`)]}
                    className={ITEM}
                    onSelect={run(() => dispatch(lookChosen({ theme })))}
                >
                    <Icon aria-hidden size={18} />
                    {t("look.theme")}: {t(`look.${theme}`)}
                </Command.Item>
            ))}
            <Command.Item
                value="look contrast"
                keywords={[t("look.contrast")]}
                className={ITEM}
                onSelect={run(() => dispatch(lookChosen({ contrast: isMore ? "normal" : "more" })))}
            >
                <Contrast aria-hidden size={18} />
                {isMore ? t("palette.lessContrast") : t("look.contrast")}
            </Command.Item>
        </Command.Group>
    );
}

export function SignOutGroup({ run }: { run: Run }) {
    const { ask } = useLeave();
    return (
        <Command.Group className={GROUP}>
            <Command.Item
                value="sign out"
                keywords={[t("nav.signOut")]}
                className={ITEM}
                onSelect={run(ask)}
            >
                <LogOut aria-hidden size={18} />
                {t("nav.signOut")}
            </Command.Item>
        </Command.Group>
    );
}
