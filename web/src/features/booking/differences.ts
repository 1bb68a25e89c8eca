import { money } from "~/lib/money";
import { clock, dayKey, userZone } from "~/lib/time";
import { t } from "~/text";

/** What somebody wanted and could not have. */
export type Wanted = {
    start: string;
    end: string;
    priceCents?: number | null | undefined;
    currency?: string | undefined;
    providerName?: string | undefined;
};
type Offered = { start: string; priceCents: number | null; providerName?: string | undefined };

function duration(minutes: number): string {
    const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
    if (hours === 0) return t("conflict.minutes", { count: rest });
    return rest === 0
        ? t("conflict.hours", { count: hours })
        : t("conflict.hoursAndMinutes", { hours, minutes: rest });
}

function timeDifference(wanted: string, offered: string, zone: string): string[] {
    const days = Math.round(
        (Date.parse(dayKey(offered, zone)) - Date.parse(dayKey(wanted, zone))) / 86_400_000,
    );
    if (days === 0) {
        const minutes = Math.round((Date.parse(offered) - Date.parse(wanted)) / 60_000);
        if (minutes === 0) return [t("conflict.sameTime")];
        const text = { time: duration(Math.abs(minutes)) };
        return [t(minutes > 0 ? "conflict.later" : "conflict.earlier", text)];
    }
    const count = Math.abs(days);
    return [
        t(days > 0 ? "conflict.daysLater" : "conflict.daysEarlier", { count }),
        ...(clock(wanted, zone) === clock(offered, zone) ? [t("conflict.sameTime")] : []),
    ];
}

/** What is different about another time, in a few words each: when, how much, with whom. */
export function differences(wanted: Wanted, offered: Offered, zone = userZone): string[] {
    const found = timeDifference(wanted.start, offered.start, zone);
    const extra = (offered.priceCents ?? 0) - (wanted.priceCents ?? offered.priceCents ?? 0);
    if (extra !== 0) {
        const amount = wanted.currency ? money(Math.abs(extra), wanted.currency) : "";
        found.push(t(extra > 0 ? "conflict.dearer" : "conflict.cheaper", { amount }).trim());
    }
    if (offered.providerName && wanted.providerName && offered.providerName !== wanted.providerName)
        found.push(t("conflict.with", { name: offered.providerName }));
    return found;
}
