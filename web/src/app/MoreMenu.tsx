import { lazy, Suspense } from "react";
import { Menu as MenuIcon } from "lucide-react";
import { useLocation, useNavigate } from "react-router";
import { cn } from "~/lib/cn";
import { withRetry } from "~/lib/withRetry";
import { t } from "~/text";
import { Menu, MenuItem } from "~/ui/Menu";
import { BOTTOM_ITEM, DELIVERIES, type NavItem } from "./nav";

const DeadLetterCount = lazy(withRetry(() => import("~/features/deliveries/DeadLetterCount")));

/** The destinations for which a phone has no place side by side. */
export default function MoreMenu({ items }: { items: NavItem[] }) {
    const navigate = useNavigate();
    const { pathname } = useLocation();
    const isHere = (to: string) => pathname === to || pathname.startsWith(`${to}/`);
    return (
        <Menu
            trigger={
                <button
                    type="button"
                    className={cn(
                        BOTTOM_ITEM,
                        items.some(({ to }) => isHere(to)) ? "text-accent" : "text-muted",
                    )}
                >
                    <MenuIcon aria-hidden size={22} />
                    {t("nav.menu")}
                </button>
            }
        >
            {items.map(({ to, label, icon: Icon }) => (
                <MenuItem key={to} onSelect={() => void navigate(to)}>
                    <Icon aria-hidden size={18} />
                    <span className="flex-1">{t(label)}</span>
                    {to === DELIVERIES && (
                        <Suspense fallback={null}>
                            <DeadLetterCount />
                        </Suspense>
                    )}
                </MenuItem>
            ))}
        </Menu>
    );
}
