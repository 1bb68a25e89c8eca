import { lazy, Suspense } from "react";
import { Search } from "lucide-react";
import { Link, NavLink } from "react-router";
import type { User } from "~/features/account/session";
import { WaitingCount } from "~/features/requests/WaitingCount";
import { cn } from "~/lib/cn";
import { withRetry } from "~/lib/withRetry";
import { t } from "~/text";
import { Button } from "~/ui/Button";
import { IconButton } from "~/ui/IconButton";
import { AccountButton } from "./AccountButton";
import { DELIVERIES, REQUESTS, type NavItem } from "./nav";
import { settled } from "./queryClient";
import { useAppDispatch } from "./store";
import { paletteToggled } from "./uiSlice";

// Menus are fetched when somebody is signed in: the first screen of a visitor has none.
const AccountMenu = lazy(withRetry(() => settled.then(() => import("./AccountMenu"))));
const DeadLetterCount = lazy(
    withRetry(() => settled.then(() => import("~/features/deliveries/DeadLetterCount"))),
);

function Logo() {
    return (
        <Link to="/" className="flex items-center gap-2 rounded-lg text-lg font-bold">
            <img src="/icon.svg" alt="" width={30} height={30} />
            {t("app.name")}
        </Link>
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
                        <Suspense fallback={<AccountButton me={me} disabled />}>
                            <AccountMenu me={me} />
                        </Suspense>
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
                    {to === DELIVERIES && (
                        <Suspense fallback={null}>
                            <DeadLetterCount />
                        </Suspense>
                    )}
                </NavLink>
            ))}
        </nav>
    );
}
