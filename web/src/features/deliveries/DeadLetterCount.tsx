import { t } from "~/text/steering";
import { BADGE_MS, useSummary } from "./queries";

/** How many messages could not be sent lately, on the navigation's entry; nothing when none. */
export default function DeadLetterCount() {
    const count = useSummary(BADGE_MS).data?.deadLetters.recent ?? 0;
    if (count === 0) return null;
    return (
        <span className="rounded-full bg-red px-1.5 text-xs leading-5 font-bold text-surface">
            <span aria-hidden>{count < 100 ? count : "99+"}</span>
            <span className="sr-only">{t("deliveries.deadBadge", { count })}</span>
        </span>
    );
}
