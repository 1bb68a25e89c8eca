import { ChevronRight, MapPin } from "lucide-react";
import { Link } from "react-router";
import { useQueuedOf } from "~/offline";
import { money } from "~/lib/money";
import { clock } from "~/lib/time";
import { t } from "~/text";
import { Badge, PriorityBadge, StatusBadge } from "~/ui/Badge";
import type { Appointment } from "./queries";
import { TheirTime } from "./TheirTime";

/** One appointment of a list: when, what with whom, where; the whole card leads to it. */
export function AppointmentCard({ appointment }: { appointment: Appointment }) {
    const { id, start, end, timezone, status } = appointment;
    const queued = useQueuedOf(id);
    return (
        <Link
            to={`/appointments/${id}`}
            className="group flex items-stretch gap-4 rounded-card border border-line bg-surface p-4 shadow-card transition-colors hover:border-accent"
        >
            <div className="flex w-16 shrink-0 flex-col border-r border-line pr-3 tabular-nums sm:w-20">
                <span className="text-xl font-bold sm:text-2xl">{clock(start)}</span>
                <span className="text-sm text-muted">{clock(end)}</span>
            </div>
            <div className="flex min-w-0 flex-1 flex-col gap-1">
                <p className="text-lg leading-snug font-semibold">{appointment.serviceTitle}</p>
                <p>{t("appointments.with", { provider: appointment.providerName })}</p>
                {appointment.facilityName && (
                    <p className="flex items-center gap-1 text-sm text-muted">
                        <MapPin aria-hidden size={14} className="shrink-0" />
                        <span className="truncate">{appointment.facilityName}</span>
                    </p>
                )}
                <TheirTime start={start} end={end} timezone={timezone} />
                {(appointment.feeCents ?? 0) > 0 && (
                    <p className="text-sm">
                        {t("appointments.feeWas", {
                            fee: money(appointment.feeCents ?? 0, appointment.currency),
                        })}
                    </p>
                )}
                <div className="mt-1 flex flex-wrap gap-2">
                    <StatusBadge status={status} />
                    <PriorityBadge priority={appointment.priority} />
                    {queued.length > 0 && <Badge tone="blue">{t("offline.badge")}</Badge>}
                </div>
            </div>
            <ChevronRight
                aria-hidden
                size={20}
                className="shrink-0 self-center text-muted group-hover:text-accent"
            />
        </Link>
    );
}
