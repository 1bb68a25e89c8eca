import { useState } from "react";
import { CircleUserRound, LogOut, Menu as MenuIcon, Search, Settings } from "lucide-react";
import { Link, NavLink, useNavigate } from "react-router";
import { useSignOut, type User } from "~/features/account/session";
import { WaitingCount } from "~/features/requests/WaitingCount";
import { cn } from "~/lib/cn";
import { discardAllOf, SignOutDialog, useQueue } from "~/offline";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { IconButton } from "~/ui/IconButton";
import { Menu, MenuItem, MenuLine } from "~/ui/Menu";
import type { NavItem } from "./nav";
import { useAppDispatch } from "./store";
import { paletteToggled } from "./uiSlice";

const PHONE_ITEMS = 4;
const REQUESTS = "/requests";

function Logo() {
    return (
        <Link to="/" className="flex items-center gap-2 rounded-lg text-lg font-bold">
            <img src="/icon.svg" alt="" width={30} height={30} />
            {t("app.name")}
        </Link>
    );
}

function AccountMenu({ me }: { me: User }) {
    const navigate = useNavigate();
    const signOut = useSignOut();
    const [isAsking, setAsking] = useState(false);
    const queued = useQueue().length;
    const leave = () => {
        setAsking(false);
        signOut.mutate(undefined, {
            onSuccess: () => {
                discardAllOf(me.id);
                void navigate("/");
            },
        });
    };
    return (
        <>
            <Menu
                trigger={
                    <button
                        type="button"
                        aria-label={t("nav.account", { name: me.name })}
                        className="inline-flex min-h-11 items-center gap-2 rounded-xl px-2 hover:bg-sunken"
                    >
                        <CircleUserRound aria-hidden size={24} />
                        <span className="hidden max-w-40 truncate font-medium sm:inline">
                            {me.name}
                        </span>
                    </button>
                }
            >
                <div className="px-3 py-2">
                    <p className="font-semibold">{me.name}</p>
                    <p className="text-sm text-muted">{me.email}</p>
                </div>
                <MenuLine />
                <MenuItem onSelect={() => void navigate("/settings")}>
                    <Settings aria-hidden size={18} />
                    {t("nav.settings")}
                </MenuItem>
                <MenuItem onSelect={() => (queued > 0 ? setAsking(true) : leave())}>
                    <LogOut aria-hidden size={18} />
                    {t("nav.signOut")}
                </MenuItem>
            </Menu>
            <SignOutDialog
                open={isAsking}
                onOpenChange={setAsking}
                count={queued}
                onSignOut={leave}
            />
        </>
    );
}

export function TopBar({
    me,
    items,
    isWide,
}: {
    me: User | null | undefined;
    items: NavItem[];
    isWide: boolean;
}) {
    const dispatch = useAppDispatch();
    return (
        <header className="no-print sticky top-0 z-30 border-b border-line bg-ground">
            <div className="flex h-16 items-center justify-between gap-4 px-4 sm:px-6">
                <Logo />
                {!isWide && items.length > 0 && (
                    <nav aria-label={t("nav.main")} className="hidden gap-1 md:flex">
                        {items.map((item) => (
                            <NavLink
                                key={item.to}
                                to={item.to}
                                className={({ isActive }) =>
                                    cn(
                                        "inline-flex min-h-10 items-center rounded-xl px-3 font-medium hover:bg-sunken",
                                        isActive && "bg-accent-soft text-accent",
                                    )
                                }
                            >
                                {t(item.label)}
                            </NavLink>
                        ))}
                    </nav>
                )}
                {me && (
                    <div className="flex items-center">
                        <IconButton
                            label={t("palette.open")}
                            onClick={() => dispatch(paletteToggled(true))}
                        >
                            <Search aria-hidden size={22} />
                        </IconButton>
                        <AccountMenu me={me} />
                    </div>
                )}
                {me === null && (
                    <Button asChild look="secondary">
                        <Link to="/sign-in">{t("nav.signIn")}</Link>
                    </Button>
                )}
            </div>
        </header>
    );
}

export function SideNav({ items }: { items: NavItem[] }) {
    return (
        <nav
            aria-label={t("nav.main")}
            className="no-print sticky top-16 hidden h-[calc(100dvh-4rem)] w-52 shrink-0 flex-col gap-1 overflow-y-auto border-r border-line p-3 md:flex"
        >
            {items.map(({ to, label, icon: Icon }) => (
                <NavLink
                    key={to}
                    to={to}
                    className={({ isActive }) =>
                        cn(
                            "flex min-h-11 items-center gap-3 rounded-xl px-3 font-medium hover:bg-sunken",
                            isActive && "bg-accent-soft text-accent",
                        )
                    }
                >
                    <Icon aria-hidden size={20} />
                    <span className="flex-1">{t(label)}</span>
                    {to === REQUESTS && <WaitingCount />}
                </NavLink>
            ))}
        </nav>
    );
}

const BOTTOM_ITEM =
    "relative flex min-h-16 min-w-0 flex-1 flex-col items-center justify-center gap-0.5 px-1 text-xs font-medium";

/** On a phone the navigation lies where the thumb is. */
export function BottomNav({ items }: { items: NavItem[] }) {
    const navigate = useNavigate();
    const rest = items.length > PHONE_ITEMS ? items.slice(PHONE_ITEMS) : [];
    return (
        <nav
            aria-label={t("nav.main")}
            className="no-print fixed inset-x-0 bottom-0 z-30 flex border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
        >
            {items.slice(0, PHONE_ITEMS).map(({ to, label, icon: Icon }) => (
                <NavLink
                    key={to}
                    to={to}
                    className={({ isActive }) =>
                        cn(BOTTOM_ITEM, isActive ? "text-accent" : "text-muted")
                    }
                >
                    <Icon aria-hidden size={22} />
                    <span className="max-w-full truncate">{t(label)}</span>
                    {to === REQUESTS && (
                        <span className="absolute top-1 right-1/2 translate-x-7">
                            <WaitingCount />
                        </span>
                    )}
                </NavLink>
            ))}
            {rest.length > 0 && (
                <Menu
                    trigger={
                        <button type="button" className={cn(BOTTOM_ITEM, "text-muted")}>
                            <MenuIcon aria-hidden size={22} />
                            {t("nav.menu")}
                        </button>
                    }
                >
                    {rest.map(({ to, label, icon: Icon }) => (
                        <MenuItem key={to} onSelect={() => void navigate(to)}>
                            <Icon aria-hidden size={18} />
                            {t(label)}
                        </MenuItem>
                    ))}
                </Menu>
            )}
        </nav>
    );
}
