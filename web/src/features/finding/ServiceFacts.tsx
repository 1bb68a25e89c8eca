import type { Service } from "~/features/catalogue/queries";
import { money } from "~/lib/money";
import { t } from "~/text";

export function priceText({
    priceCents,
    currency,
}: Pick<Service, "priceCents" | "currency">): string {
    return priceCents === 0 ? t("find.free") : money(priceCents, currency);
}

/** 30 min · €60.00 */
export function ServiceFacts({ service }: { service: Service }) {
    return (
        <span className="text-sm text-muted tabular-nums">
            {t("find.minutes", { count: service.durationMinutes })} · {priceText(service)}
        </span>
    );
}

/** What cancelling costs, in a sentence. */
export function cancellationText({ cancellationPolicy: policy, currency }: Service): string {
    const isFree = !policy.lateFeeCents && !policy.lateFeePercent;
    if (isFree) return t("find.cancelAlwaysFree");
    const fee = policy.lateFeeCents
        ? money(policy.lateFeeCents, currency)
        : t("find.percentOfPrice", { percent: policy.lateFeePercent ?? 0 });
    return policy.freeUntilHours === 0
        ? t("find.cancelCosts", { fee })
        : t("find.cancelFreeUntil", { count: policy.freeUntilHours, fee });
}
