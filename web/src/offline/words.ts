import { dayAndClock } from "~/lib/time";
import { money } from "~/lib/money";
import { t, type TextKey } from "~/text";
import type { QueuedChange } from "./changes";
import type { Done } from "./send";

/** Cancel Physio with Anna, Mon, 23 Nov, 14:30 */
export function changeText({ change, about }: QueuedChange): string {
    const key: TextKey = `offline.change.${change.kind}`;
    return t(key, {
        service: about.serviceTitle,
        provider: about.providerName,
        time: dayAndClock(about.start),
        to: "start" in change ? dayAndClock(change.start) : "",
    });
}

export function doneText(item: QueuedChange, done: Done): string {
    const { change, about } = item;
    const key: TextKey = `offline.done.${change.kind}`;
    return t(key, {
        service: about.serviceTitle,
        time: dayAndClock(done.appointment.start),
        fee: done.feeCents
            ? t("offline.feeIs", { fee: money(done.feeCents, done.appointment.currency) })
            : t("offline.noFee"),
    });
}
