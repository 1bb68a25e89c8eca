import type { ReactNode } from "react";
import { ContactLinks } from "~/features/appointments/ContactLinks";
import type { Appointment } from "~/features/appointments/queries";
import { cn } from "~/lib/cn";
import { money } from "~/lib/money";
import { clockRange, clocksDiffer, dayAndClock, longDay, zoneCity } from "~/lib/time";
import { useNow } from "~/lib/useNow";
import { t } from "~/text/staff";
import { PriorityBadge, StatusBadge } from "~/ui/Badge";

function Fact({
    label,
    isChanged,
    isWide,
    children,
}: {
    label: string;
    isChanged?: boolean | undefined;
    isWide?: boolean;
    children: ReactNode;
}) {
    return (
        <div
            className={cn(
                "rounded-lg",
                isChanged && "-mx-2 bg-amber-soft px-2 py-1",
                isWide && "sm:col-span-2",
            )}
        >
            <dt className={cn("text-sm", isChanged ? "text-amber" : "text-muted")}>{label}</dt>
            <dd className="font-medium wrap-anywhere whitespace-pre-line">{children}</dd>
        </div>
    );
}

type Props = {
    appointment: Appointment;
    /** As it is now; what differs from it is marked. */
    now?: Appointment;
};

/** Everything about an appointment, to read. */
export function Facts({ appointment, now }: Props) {
    const { start, end, timezone, status, priority, notes, currency } = appointment;
    const { refundableUntil, feeCents } = appointment.cancellationPolicy;
    const isFreeNow = Date.parse(refundableUntil) > useNow(30_000);
    const differs = (...fields: (keyof Appointment)[]) =>
        now !== undefined && fields.some((field) => appointment[field] !== now[field]);
    return (
        <dl className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
            <Fact label={t("editor.when")} isChanged={differs("start", "end")}>
                {longDay(start)}
                <br />
                {clockRange(start, end)}
                {clocksDiffer(start, timezone) && (
                    <span className="block text-sm text-muted">
                        {t("editor.there", {
                            time: clockRange(start, end, timezone),
                            city: zoneCity(timezone),
                        })}
                    </span>
                )}
            </Fact>
            <Fact
                label={t("editor.state")}
                isChanged={differs("status", "priority", "clientConfirmedAt")}
            >
                <span className="flex flex-wrap items-center gap-2">
                    <StatusBadge status={status} />
                    <PriorityBadge priority={priority} />
                    {priority === "normal" && t("editor.normal")}
                </span>
                {appointment.clientConfirmedAt && (
                    <span className="text-sm text-muted">
                        {t("editor.confirmedByClient", {
                            time: dayAndClock(appointment.clientConfirmedAt),
                        })}
                    </span>
                )}
            </Fact>
            <Fact label={t("editor.service")} isChanged={differs("serviceId")}>
                {appointment.serviceTitle}
            </Fact>
            <Fact label={t("editor.price")} isChanged={differs("priceCents")}>
                {money(appointment.priceCents, currency)}
                {!now && (status === "confirmed" || status === "requested") && (
                    <span className="block text-sm text-muted">
                        {t(
                            feeCents === 0
                                ? "editor.freeAlways"
                                : isFreeNow
                                  ? "editor.freeThen"
                                  : "editor.lateFee",
                            {
                                fee: money(feeCents, currency),
                                time: dayAndClock(refundableUntil),
                            },
                        )}
                    </span>
                )}
            </Fact>
            {appointment.feeCents != null && (
                <Fact label={t("editor.fee")}>{money(appointment.feeCents, currency)}</Fact>
            )}
            {appointment.refundCents != null && (
                <Fact label={t("editor.refund")}>{money(appointment.refundCents, currency)}</Fact>
            )}
            <Fact label={t("editor.provider")} isChanged={differs("providerId")}>
                {appointment.providerName}
            </Fact>
            <Fact label={t("editor.facility")} isChanged={differs("facilityId")}>
                {appointment.facilityName ?? t("editor.none")}
            </Fact>
            {appointment.client && (
                <Fact label={t("editor.contact")} isWide>
                    <ContactLinks client={appointment.client} className="text-base" />
                    {!appointment.client.phone && !appointment.client.email && t("editor.none")}
                </Fact>
            )}
            <Fact label={t("editor.notes")} isChanged={differs("notes")} isWide>
                {notes ?? <span className="text-muted">{t("editor.noNotes")}</span>}
            </Fact>
        </dl>
    );
}
