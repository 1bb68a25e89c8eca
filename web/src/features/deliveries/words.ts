import type { Schemas } from "~/api/client";
import { t, type TextKey } from "~/text/messages";
import type { Tone } from "~/ui/Badge";

export type Delivery = Schemas["Delivery"];
export type State = Delivery["state"];
export type Channel = Delivery["channel"];
export type Purpose = Delivery["purpose"];

export const STATES: State[] = [
    "pending",
    "sending",
    "uncertain",
    "sent",
    "delivered",
    "bounced",
    "dead",
    "superseded",
    "expired",
    "suppressed",
];
export const CHANNELS: Channel[] = ["email", "sms", "push", "webhook", "caldav"];
export const PURPOSES: Purpose[] = [
    "requested",
    "confirmed",
    "rescheduled",
    "cancelled",
    "reminder",
    "no_show",
    "password_reset",
    "phone_code",
    "calendar_trouble",
    "calendar_conflict",
    "endpoint_disabled",
    "event",
    "test",
];

/** The eye should stop at what somebody has to look after. */
const TONES: Record<State, Tone> = {
    pending: "amber",
    sending: "blue",
    uncertain: "violet",
    sent: "accent",
    delivered: "accent",
    bounced: "red",
    dead: "red",
    superseded: "neutral",
    expired: "neutral",
    suppressed: "neutral",
};

export const toneOf = (state: State): Tone => TONES[state];
export const channelName = (channel: Channel) => t(`messages.channel.${channel}`);
export const purposeName = (purpose: Purpose) => t(`messages.purpose.${purpose}`);
export const stateName = (state: State) => t(`messages.state.${state}`);

const REASONS = new Set([
    "preference",
    "quiet",
    "no_address",
    "bounced",
    "unsubscribed",
    "not_configured",
    "cancelled",
    "past",
    "endpoint_disabled",
    "discarded",
    "newer",
    "demo",
    "stopped",
]);

/** Why it was not sent, in words; a reason of a newer server as it is. */
export function reasonText(reason: string): string {
    return REASONS.has(reason) ? t(`messages.reason.${reason}` as TextKey) : reason;
}

/** Whether it has ended, so that it can be sent again. */
export const hasEnded = ({ state }: Delivery) =>
    state !== "pending" && state !== "sending" && state !== "uncertain";

/** Whether sending it again could make sense at all; the server decides. */
export const mayBeResent = (delivery: Delivery) =>
    hasEnded(delivery) && !["password_reset", "phone_code", "test"].includes(delivery.purpose);
