import { lazy, type ComponentType, type ReactNode } from "react";
import { Navigate, Route, Routes, useLocation } from "react-router";
import { isStaff, useIsVisitor, useMe, type Role } from "~/features/account/session";
import BookPage from "~/features/booking/BookPage";
import FindPage from "~/features/finding/FindPage";
import { withRetry } from "~/lib/withRetry";
import { Skeleton } from "~/ui/Skeleton";
import { NAV } from "./nav";
import { NotFoundPage } from "./NotFoundPage";
import { Shell } from "./Shell";

type Load = () => Promise<{ default: ComponentType }>;

/** Only for these roles; others are sent to sign in, or home. */
function For({ roles, children }: { roles: Role[]; children: ReactNode }) {
    const me = useMe();
    const location = useLocation();
    if (me === undefined) return <Skeleton />;
    if (me === null) {
        const next = encodeURIComponent(location.pathname + location.search);
        return <Navigate to={`/sign-in?next=${next}`} replace />;
    }
    return roles.includes(me.role) ? children : <NotFoundPage />;
}

const ALL: Role[] = ["client", "operator", "admin"];
const STAFF: Role[] = ["operator", "admin"];

function page(load: Load, roles?: Role[]): ReactNode {
    const Screen = lazy(withRetry(load));
    return roles ? (
        <For roles={roles}>
            <Screen />
        </For>
    ) : (
        <Screen />
    );
}

// No chunks of their own: who comes for the first time, or by a link, waits for these screens.
const findPage = <FindPage />;
const bookPage = <BookPage />;
const clientAppointment = page(() => import("~/features/appointments/AppointmentPage"));
const staffAppointment = page(() => import("~/features/editor/EditorPage"));

/** Signed out: finding a time. Signed in: where the role's work is. */
function Home() {
    const me = useMe();
    const isVisitor = useIsVisitor();
    if (isVisitor) return findPage;
    const first = me && NAV[me.role][0];
    return first ? <Navigate to={first.to} replace /> : <Skeleton />;
}

/** A client sees their appointment; staff edit it. */
function OneAppointment() {
    return isStaff(useMe()) ? staffAppointment : clientAppointment;
}

const pages: [path: string, element: ReactNode][] = [
    ["find", findPage],
    ["book/:timeslotId", bookPage],
    ["sign-in", page(() => import("~/features/account/SignInPage"))],
    ["sign-up", page(() => import("~/features/account/SignUpPage"))],
    ["forgot-password", page(() => import("~/features/account/ForgotPasswordPage"))],
    ["reset-password", page(() => import("~/features/account/ResetPasswordPage"))],
    ["shared/:secret", page(() => import("~/features/share/SharedPage"))],
    ["m/:token", page(() => import("~/features/manage/ManagePage"))],
    ["settings", page(() => import("~/features/settings/SettingsPage"), ALL)],
    ["messages", page(() => import("~/features/deliveries/MessagesPage"), ALL)],
    ["upcoming", page(() => import("~/features/appointments/UpcomingPage"), ["client"])],
    ["history", page(() => import("~/features/appointments/HistoryPage"), ["client"])],
    ["calendar", page(() => import("~/features/calendar/CalendarPage"), STAFF)],
    ["calendar/print", page(() => import("~/features/calendar/PrintPage"), STAFF)],
    ["requests", page(() => import("~/features/requests/RequestsPage"), STAFF)],
    ["appointments", page(() => import("~/features/worklist/WorklistPage"), STAFF)],
    ["publish", page(() => import("~/features/publish/PublishPage"), STAFF)],
    ["calendars", page(() => import("~/features/calendars/CalendarsPage"), STAFF)],
    ["admin/users", page(() => import("~/features/admin/UsersPage"), ["admin"])],
    ["admin/catalogue", page(() => import("~/features/admin/CataloguePage"), ["admin"])],
    ["admin/edit-locks", page(() => import("~/features/admin/EditLocksPage"), ["admin"])],
    ["admin/deliveries", page(() => import("~/features/deliveries/DeliveriesPage"), ["admin"])],
    [
        "admin/deliveries/:deliveryId",
        page(() => import("~/features/deliveries/DeliveryPage"), ["admin"]),
    ],
    ["admin/webhooks", page(() => import("~/features/webhooks/WebhooksPage"), ["admin"])],
    [
        "admin/webhooks/:endpointId",
        page(() => import("~/features/webhooks/EndpointPage"), ["admin"]),
    ],
    ["admin/templates", page(() => import("~/features/templates/TemplatesPage"), ["admin"])],
    ["admin/integrity", page(() => import("~/features/admin/IntegrityPage"), ["admin"])],
    ["admin/analytics", page(() => import("~/features/admin/AnalyticsPage"), ["admin"])],
    ["admin/audit", page(() => import("~/features/admin/AuditPage"), ["admin"])],
];

export function AppRoutes() {
    return (
        <Routes>
            <Route element={<Shell />}>
                <Route index element={<Home />} />
                <Route
                    path="appointments/:appointmentId"
                    element={
                        <For roles={ALL}>
                            <OneAppointment />
                        </For>
                    }
                />
                {pages.map(([path, element]) => (
                    <Route key={path} path={path} element={element} />
                ))}
                <Route path="*" element={<NotFoundPage />} />
            </Route>
        </Routes>
    );
}
