import { CalendarClock, Check, X } from "lucide-react";
import { Link } from "react-router";
import { ContactLinks } from "~/features/appointments/ContactLinks";
import type { Appointment } from "~/features/appointments/queries";
import { clockRange, clocksDiffer, longDay, shortDay, zoneCity } from "~/lib/time";
import { t } from "~/text/staff";
import { PriorityBadge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { Card } from "~/ui/Page";

type Props = { request: Appointment; onAccept: () => void; onReject: () => void };

/** A waiting request: who wishes for what and when, and the answers. */
export function RequestCard({ request, onAccept, onReject }: Props) {
    const { start, end, timezone } = request;
    return (
        <Card className="flex flex-col gap-3 p-5">
            <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1">
                <h2 className="flex flex-wrap items-center gap-2 text-lg font-bold">
                    <Link className="hover:underline" to={`/appointments/${request.id}`}>
                        {request.userName}
                    </Link>
                    <PriorityBadge priority={request.priority} />
                </h2>
                <p className="text-sm text-muted">
                    {t("requests.since", { day: shortDay(request.createdAt) })}
                </p>
            </div>
            <ContactLinks client={request.client} />
            <p>
                {request.serviceTitle} · {request.providerName}
            </p>
            <p className="flex items-start gap-2 font-semibold">
                <CalendarClock aria-hidden size={20} className="mt-0.5 shrink-0 text-accent" />
                <span>
                    {longDay(start)}, {clockRange(start, end)}
                    {clocksDiffer(start, timezone) && (
                        <span className="block text-sm font-normal text-muted">
                            {t("calendar.there", {
                                time: clockRange(start, end, timezone),
                                city: zoneCity(timezone),
                            })}
                        </span>
                    )}
                </span>
            </p>
            {request.notes && (
                <p className="rounded-xl bg-sunken px-4 py-3 break-words">{request.notes}</p>
            )}
            <div className="flex flex-wrap gap-2">
                <Button onClick={onAccept}>
                    <Check aria-hidden size={18} />
                    {t("requests.accept")}
                    <span className="sr-only">{request.userName}</span>
                </Button>
                <Button look="secondary" onClick={onReject}>
                    <X aria-hidden size={18} />
                    {t("requests.reject")}
                    <span className="sr-only">{request.userName}</span>
                </Button>
            </div>
        </Card>
    );
}
