import { money } from "~/lib/money";
import { dayAndClock } from "~/lib/time";
import { t } from "~/text";
import type { Appointment } from "./queries";

/** A confirmed time that has not begun can be moved, and attendance confirmed. */
export function isAhead(one: Appointment, now: number): boolean {
    return one.status === "confirmed" && Date.parse(one.start) > now;
}

export function mayCancel(one: Appointment, now: number): boolean {
    return isAhead(one, now) || one.status === "requested";
}

/** It has begun: from then on a client can neither move nor cancel it. */
export function hasBegun(one: Appointment, now: number): boolean {
    return one.status === "confirmed" && Date.parse(one.start) <= now;
}

/** What is said of the fee before a move: moving makes a later cancel no cheaper. */
export function moveNote(
    { cancellationPolicy, currency }: Appointment,
    now: number,
): string | null {
    const { feeCents, refundableUntil } = cancellationPolicy;
    if (feeCents === 0) return null;
    const values = { fee: money(feeCents, currency), time: dayAndClock(refundableUntil) };
    return Date.parse(refundableUntil) > now
        ? t("rescheduleDialog.stillFree", values)
        : t("rescheduleDialog.stillCosts", values);
}

/** What cancelling costs, and until when it does not. */
export function policyText({ cancellationPolicy, currency }: Appointment, now: number): string {
    const { feeCents, refundableUntil } = cancellationPolicy;
    if (feeCents === 0) return t("appointments.freeAlways");
    const fee = money(feeCents, currency);
    return Date.parse(refundableUntil) > now
        ? t("appointments.freeUntil", { time: dayAndClock(refundableUntil), fee })
        : t("appointments.feeNow", { fee });
}
