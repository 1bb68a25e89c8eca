import { lazy, Suspense } from "react";
import { NavLink } from "react-router";
import { WaitingCount } from "~/features/requests/WaitingCount";
import { cn } from "~/lib/cn";
import { withRetry } from "~/lib/withRetry";
import { t } from "~/text";
import { BOTTOM_ITEM, REQUESTS, type NavItem } from "./nav";
import { settled } from "./queryClient";

const MoreMenu = lazy(withRetry(() => settled.then(() => import("./MoreMenu"))));

/** As many as fit side by side with their whole names. */
const PLACES = 4;

/** On a phone the navigation lies where the thumb is. */
export function BottomNav({ items }: { items: NavItem[] }) {
    const shown = items.length > PLACES ? items.slice(0, PLACES - 1) : items;
    const rest = items.slice(shown.length);
    return (
        <nav
            aria-label={t("nav.main")}
            className="no-print fixed inset-x-0 bottom-0 z-30 flex border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
        >
            {shown.map(({ to, label, icon: Icon }) => (
                <NavLink
                    key={to}
                    to={to}
                    className={({ isActive }) =>
                        cn(BOTTOM_ITEM, isActive ? "text-accent" : "text-muted")
                    }
                >
                    <Icon aria-hidden size={22} />
                    <span>{t(label)}</span>
                    {to === REQUESTS && (
                        <span className="absolute top-1 right-1/2 translate-x-7">
                            <WaitingCount />
                        </span>
                    )}
                </NavLink>
            ))}
            {rest.length > 0 && (
                <Suspense fallback={<span className={BOTTOM_ITEM} />}>
                    <MoreMenu items={rest} />
                </Suspense>
            )}
        </nav>
    );
}
