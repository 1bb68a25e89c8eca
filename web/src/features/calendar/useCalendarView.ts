import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { addDays, dayKey } from "~/lib/time";
import type { View } from "./columns";
import { isDay } from "~/lib/wall";

export type CalendarView = {
    view: View;
    day: string;
    /** Providers that were chosen; none: all. */
    chosen: string[];
    facilityId: string | null;
};

const STEP_DAYS: Record<View, number> = { day: 1, week: 7 };

/** What the calendar shows lies in its address: it can be kept, shared, and gone back to. */
export function useCalendarView(today = dayKey(new Date())) {
    const [params, setParams] = useSearchParams();
    const shown = useMemo((): CalendarView => {
        const day = params.get("day");
        return {
            view: params.get("view") === "week" ? "week" : "day",
            day: isDay(day) ? day : today,
            chosen: params.get("providers")?.split(",").filter(Boolean) ?? [],
            facilityId: params.get("facility"),
        };
    }, [params, today]);
    const show = useCallback(
        (change: Partial<CalendarView>) => {
            const next = { ...shown, ...change };
            const entries: Record<string, string> = {};
            if (next.view !== "day") entries.view = next.view;
            if (next.day !== today) entries.day = next.day;
            if (next.chosen.length > 0) entries.providers = next.chosen.join(",");
            if (next.facilityId) entries.facility = next.facilityId;
            setParams(entries, { replace: true });
        },
        [shown, setParams, today],
    );
    const step = useCallback(
        (direction: 1 | -1) => show({ day: addDays(shown.day, direction * STEP_DAYS[shown.view]) }),
        [show, shown],
    );
    return { ...shown, today, show, step };
}
