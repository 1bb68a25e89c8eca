import { t } from "~/text/steering";
import type { Lane } from "./queries";

/** What a lane leads to, as a person calls it. */
export function laneName({ id, channel }: Pick<Lane, "id" | "channel">, endpointName?: string) {
    const target = id.includes(":") ? id.slice(id.indexOf(":") + 1) : id;
    switch (channel) {
        case "email":
            return t("lanes.smtp");
        case "sms":
            return t("lanes.sms");
        case "push":
            return t("lanes.push", { host: target });
        case "webhook":
            return t("lanes.webhook", { name: endpointName ?? target.slice(0, 8) });
        default:
            return t("lanes.caldav");
    }
}
