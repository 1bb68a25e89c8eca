import {
    CalendarCheck,
    CalendarDays,
    CalendarPlus,
    ChartNoAxesColumn,
    FileText,
    History,
    Inbox,
    LibraryBig,
    ListChecks,
    LockKeyhole,
    ScrollText,
    Search,
    Send,
    ShieldCheck,
    Users,
    Webhook,
    type LucideIcon,
} from "lucide-react";
import type { Role } from "~/features/account/session";
import type { TextKey } from "~/text";

export type NavItem = { to: string; label: TextKey; icon: LucideIcon };

export const REQUESTS = "/requests";
export const DELIVERIES = "/admin/deliveries";
export const BOTTOM_ITEM =
    "relative flex min-h-16 min-w-0 flex-1 flex-col items-center justify-center gap-0.5 text-xs font-medium";

const CLIENT: NavItem[] = [
    { to: "/upcoming", label: "nav.upcoming", icon: CalendarCheck },
    { to: "/history", label: "nav.history", icon: History },
    { to: "/find", label: "nav.find", icon: Search },
];
const STAFF: NavItem[] = [
    { to: "/calendar", label: "nav.calendar", icon: CalendarDays },
    { to: REQUESTS, label: "nav.requests", icon: Inbox },
    { to: "/appointments", label: "nav.appointments", icon: ListChecks },
    { to: "/publish", label: "nav.publish", icon: CalendarPlus },
    { to: "/calendars", label: "nav.calendars", icon: CalendarCheck },
];
const ADMIN: NavItem[] = [
    { to: "/admin/users", label: "nav.users", icon: Users },
    { to: "/admin/catalogue", label: "nav.catalogue", icon: LibraryBig },
    { to: "/admin/edit-locks", label: "nav.editLocks", icon: LockKeyhole },
    { to: DELIVERIES, label: "nav.deliveries", icon: Send },
    { to: "/admin/webhooks", label: "nav.webhooks", icon: Webhook },
    { to: "/admin/templates", label: "nav.templates", icon: FileText },
    { to: "/admin/integrity", label: "nav.integrity", icon: ShieldCheck },
    { to: "/admin/analytics", label: "nav.analytics", icon: ChartNoAxesColumn },
    { to: "/admin/audit", label: "nav.audit", icon: ScrollText },
];

/** Where each role's work is; its first entry is its home. */
export const NAV: Record<Role, NavItem[]> = {
    client: CLIENT,
    operator: STAFF,
    admin: [...STAFF, ...ADMIN],
};
