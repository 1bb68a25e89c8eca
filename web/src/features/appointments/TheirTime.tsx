import { clockRange, clocksDiffer, dayKey, shortDay, zoneCity } from "~/lib/time";
import { t } from "~/text";

type Props = { start: string; end: string; timezone: string };

/** The provider's own clock, where it differs from the reader's: 08:30–09:00 in Lisbon. */
export function TheirTime({ start, end, timezone }: Props) {
    if (!clocksDiffer(start, timezone)) return null;
    const range = clockRange(start, end, timezone);
    const city = zoneCity(timezone);
    const isOtherDay = dayKey(start) !== dayKey(start, timezone);
    return (
        <p className="text-sm text-muted">
            {isOtherDay
                ? t("appointments.theirTimeOn", { day: shortDay(start, timezone), range, city })
                : t("appointments.theirTime", { range, city })}
        </p>
    );
}
