import { lazy, Suspense, useState } from "react";
import {
    CalendarArrowUp,
    CalendarSearch,
    CalendarX,
    FastForward,
    Share2,
    Sunrise,
} from "lucide-react";
import { Link, useParams } from "react-router";
import { Problem } from "~/api/problem";
import { useNow } from "~/lib/useNow";
import { dayAndClock } from "~/lib/time";
import { withRetry } from "~/lib/withRetry";
import { useQueuedOf } from "~/offline";
import { QueueItem } from "~/offline/QueueItem";
import { useBookings } from "~/realtime/useBookings";
import { t } from "~/text";
import { PriorityBadge, StatusBadge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Empty } from "~/ui/Empty";
import { ErrorNotice, Notice } from "~/ui/Notice";
import { Page } from "~/ui/Page";
import { Skeleton } from "~/ui/Skeleton";
import { Attendance } from "./Attendance";
import { CalendarMenu } from "./CalendarMenu";
import { CancelDialog } from "./CancelDialog";
import { Facts } from "./Facts";
import { hasBegun, isAhead, mayCancel } from "./policy";
import type { Way } from "./MoveChoices";
import { Notes } from "./Notes";
import { useAppointment, type AppointmentWithAudit } from "./queries";
import { ShareDialog } from "./ShareDialog";
import { Story } from "./Story";

const MoveDialog = lazy(withRetry(() => import("./MoveDialog")));

const WAYS = [
    { way: "tomorrow", label: "appointments.moveTomorrow", icon: Sunrise },
    { way: "next", label: "appointments.moveNext", icon: FastForward },
    { way: "pick", label: "appointments.movePick", icon: CalendarSearch },
] as const;

/** A client's own appointment. */
export default function AppointmentPage() {
    const { appointmentId = "" } = useParams();
    const kept = useAppointment(appointmentId);
    useBookings(`appointment.${appointmentId}`);
    const isGone = kept.error instanceof Problem && [404, 422].includes(kept.error.status);
    if (isGone) {
        return (
            <Page title={t("appointments.gone")}>
                <Empty
                    title={t("appointments.gone")}
                    text={t("appointments.goneText")}
                    action={
                        <Button asChild>
                            <Link to="/upcoming">{t("nav.upcoming")}</Link>
                        </Button>
                    }
                />
            </Page>
        );
    }
    if (!kept.data) {
        return (
            <Page title={t("nav.appointments")}>
                {kept.isError ? (
                    <ErrorNotice error={kept.error} onRetry={() => void kept.refetch()} />
                ) : (
                    <Skeleton rows={4} className="h-24" />
                )}
            </Page>
        );
    }
    return <Details appointment={kept.data.value} />;
}

function Details({ appointment }: { appointment: AppointmentWithAudit }) {
    const { id, serviceTitle, start, status } = appointment;
    const now = useNow(30_000);
    const queued = useQueuedOf(id);
    return (
        <Page title={serviceTitle} lead={dayAndClock(start)}>
            <div className="-mt-2 flex flex-wrap gap-2">
                <StatusBadge status={status} />
                <PriorityBadge priority={appointment.priority} />
            </div>
            {queued.length > 0 && (
                <ul className="flex flex-col gap-3">
                    {queued.map((item) => (
                        <QueueItem key={item.key} item={item} isOfPage />
                    ))}
                </ul>
            )}
            <Facts appointment={appointment} now={now} />
            {isAhead(appointment, now) && <Attendance appointment={appointment} />}
            <Actions appointment={appointment} now={now} />
            <Notes key={id} appointment={appointment} />
            <Story audit={appointment.audit} currency={appointment.currency} />
        </Page>
    );
}

function Actions({ appointment, now }: { appointment: AppointmentWithAudit; now: number }) {
    const [way, setWay] = useState<Way | null>(null);
    const [isCancelling, setCancelling] = useState(false);
    const [isSharing, setSharing] = useState(false);
    return (
        <>
            {hasBegun(appointment, now) && <Notice>{t("appointments.begun")}</Notice>}
            {isAhead(appointment, now) && (
                <section aria-labelledby="move" className="flex flex-col gap-2">
                    <h2 id="move" className="flex items-center gap-2 text-lg font-bold">
                        <CalendarArrowUp aria-hidden size={20} className="text-accent" />
                        {t("appointments.move")}
                    </h2>
                    <p className="text-muted">{t("appointments.moveText")}</p>
                    <div className="grid gap-2 sm:grid-cols-3">
                        {WAYS.map((one) => (
                            <Button key={one.way} look="secondary" onClick={() => setWay(one.way)}>
                                <one.icon aria-hidden size={18} />
                                {t(one.label)}
                            </Button>
                        ))}
                    </div>
                </section>
            )}
            <div className="flex flex-wrap gap-2 border-t border-line pt-5">
                {appointment.status === "confirmed" && <CalendarMenu appointment={appointment} />}
                <Button look="secondary" onClick={() => setSharing(true)}>
                    <Share2 aria-hidden size={18} />
                    {t("appointments.share")}
                </Button>
                {mayCancel(appointment, now) && (
                    <Button look="danger" onClick={() => setCancelling(true)}>
                        <CalendarX aria-hidden size={18} />
                        {t("appointments.cancel")}
                    </Button>
                )}
            </div>
            {way !== null && (
                <Suspense fallback={null}>
                    <MoveDialog appointment={appointment} way={way} onClose={() => setWay(null)} />
                </Suspense>
            )}
            <CancelDialog
                appointment={appointment}
                open={isCancelling}
                onOpenChange={setCancelling}
            />
            <ShareDialog
                appointmentId={appointment.id}
                open={isSharing}
                onOpenChange={setSharing}
            />
        </>
    );
}
