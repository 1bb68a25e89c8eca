import { addDays, dayKey, shortDay } from "~/lib/time";
import { t } from "~/text";
import type { Appointment } from "./queries";

export type Day = { day: string; title: string; items: Appointment[] };

/** Today · Mon, 23 Nov */
export function dayTitle(start: string, now: Date): string {
    const day = dayKey(start);
    const today = dayKey(now);
    if (day === today) return `${t("appointments.today")} · ${shortDay(start)}`;
    if (day === addDays(today, 1)) return `${t("appointments.tomorrow")} · ${shortDay(start)}`;
    const isThisYear = day.slice(0, 4) === today.slice(0, 4);
    return isThisYear ? shortDay(start) : `${shortDay(start)} ${day.slice(0, 4)}`;
}

/** The appointments under their days, in the order in which they come. */
export function byDay(items: readonly Appointment[], now: Date): Day[] {
    const days: Day[] = [];
    for (const item of items) {
        const day = dayKey(item.start);
        let last = days.at(-1);
        if (last?.day !== day) {
            last = { day, title: dayTitle(item.start, now), items: [] };
            days.push(last);
        }
        last.items.push(item);
    }
    return days;
}
