import { dayAndClock } from "~/lib/time";
import { t } from "~/text/steering";
import { Badge, type Tone } from "~/ui/Badge";
import type { Endpoint } from "./queries";

const TONES: Record<Endpoint["health"]["status"], Tone> = {
    healthy: "accent",
    failing: "red",
    paused: "amber",
    stopped: "amber",
    idle: "neutral",
};

/** Whether it gets what it asked for. */
export function HealthBadge({ endpoint: { state, health } }: { endpoint: Endpoint }) {
    if (state === "disabled") return <Badge tone="neutral">{t("webhooks.state.disabled")}</Badge>;
    return <Badge tone={TONES[health.status]}>{t(`webhooks.health.${health.status}`)}</Badge>;
}

/** The same in a sentence. */
export function healthText({ health, disabledReason }: Endpoint): string {
    const { sent, failed, waiting, failingSince } = health;
    return [
        disabledReason && t(`webhooks.disabledReason.${disabledReason}`),
        sent + failed > 0 ? t("webhooks.week", { sent, failed }) : t("webhooks.weekNothing"),
        waiting > 0 && t("webhooks.waiting", { count: waiting }),
        failingSince && t("webhooks.failingSince", { time: dayAndClock(failingSince) }),
    ]
        .filter(Boolean)
        .join(" · ");
}
