import type { ReactNode } from "react";
import {
    Banknote,
    CalendarX,
    Clock,
    MapPin,
    ReceiptText,
    Undo2,
    UserRound,
    type LucideIcon,
} from "lucide-react";
import { money } from "~/lib/money";
import { clockRange, longDay } from "~/lib/time";
import { t } from "~/text";
import { Card } from "~/ui/Page";
import { mayCancel, policyText } from "./policy";
import type { Appointment } from "./queries";
import { TheirTime } from "./TheirTime";

function Fact({
    icon: Icon,
    name,
    children,
}: {
    icon: LucideIcon;
    name: string;
    children: ReactNode;
}) {
    return (
        <div className="relative pl-8">
            <dt className="text-sm text-muted">
                <Icon aria-hidden size={20} className="absolute top-0.5 left-0 text-accent" />
                {name}
            </dt>
            <dd className="font-medium">{children}</dd>
        </div>
    );
}

/** What a cancellation, or not coming, cost and gave back. */
function Outcome({ appointment }: { appointment: Appointment }) {
    const { feeCents, refundCents, currency } = appointment;
    return (
        <>
            {feeCents != null && (
                <Fact icon={ReceiptText} name={t("appointments.fee")}>
                    {feeCents > 0 ? money(feeCents, currency) : t("appointments.noFee")}
                </Fact>
            )}
            {refundCents != null && (
                <Fact icon={Undo2} name={t("appointments.refund")}>
                    {money(refundCents, currency)}
                </Fact>
            )}
        </>
    );
}

/** When, with whom, where, and what it costs. */
export function Facts({ appointment, now }: { appointment: Appointment; now: number }) {
    const { start, end } = appointment;
    return (
        <Card className="p-5">
            <dl className="grid gap-4 sm:grid-cols-2">
                <Fact icon={Clock} name={t("appointments.when")}>
                    {longDay(start)}
                    <br />
                    <span className="text-xl font-bold tabular-nums">{clockRange(start, end)}</span>
                    <TheirTime start={start} end={end} timezone={appointment.timezone} />
                </Fact>
                <Fact icon={UserRound} name={t("appointments.who")}>
                    {appointment.providerName}
                </Fact>
                {appointment.facilityName && (
                    <Fact icon={MapPin} name={t("appointments.where")}>
                        {appointment.facilityName}
                    </Fact>
                )}
                <Fact icon={Banknote} name={t("appointments.price")}>
                    {money(appointment.priceCents, appointment.currency)}
                </Fact>
                <Outcome appointment={appointment} />
                {mayCancel(appointment, now) && (
                    <Fact icon={CalendarX} name={t("appointments.cancelling")}>
                        {policyText(appointment, now)}
                    </Fact>
                )}
            </dl>
        </Card>
    );
}
