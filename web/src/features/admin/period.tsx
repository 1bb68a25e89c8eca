import { useState } from "react";
import { dayAndMonth } from "~/lib/time";
import { t } from "~/text/staff";
import { Segments } from "~/ui/Segments";

export type Days = "7" | "30" | "90";
const DAYS: Days[] = ["7", "30", "90"];
const DAY_MS = 24 * 3600_000;

/** The period that ends now: what to ask the API for. */
export function lastDays(days: Days): { from: string; to: string } {
    const now = Date.now();
    return {
        from: new Date(now - Number(days) * DAY_MS).toISOString(),
        to: new Date(now).toISOString(),
    };
}

export function usePeriod() {
    const [days, setDays] = useState<Days>("30");
    const chooser = (
        <Segments
            label={t("admin.period.label")}
            value={days}
            onChange={setDays}
            options={DAYS.map((value) => ({
                value,
                label: t("admin.period.days", { count: Number(value) }),
            }))}
        />
    );
    return { days, chooser };
}

/** 23 Nov: a day of a chart, which counts in UTC. */
export function chartDay(day: string): string {
    return dayAndMonth(day);
}

/** Every day of a period, with nothing where nothing happened. */
export function everyDay<T extends { day: string }>(
    found: T[],
    from: string,
    to: string,
    empty: (day: string) => T,
): T[] {
    const known = new Map(found.map((one) => [one.day, one]));
    const days: T[] = [];
    const shown = new Set<string>();
    const end = new Date(to).getTime();
    const first = new Date(from);
    first.setUTCHours(0, 0, 0, 0);
    for (let at = first.getTime(); at < end; at += DAY_MS) {
        const day = new Date(at).toISOString().slice(0, 10);
        days.push(known.get(day) ?? empty(day));
        shown.add(day);
    }
    // The facility's days may begin before UTC's, and end after them.
    days.push(...found.filter((one) => !shown.has(one.day)));
    return days.sort((one, other) => one.day.localeCompare(other.day));
}
