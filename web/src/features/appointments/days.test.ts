import { expect, test } from "vitest";
import { byDay } from "./days";
import type { Appointment } from "./queries";

const at = (start: string) => ({ start }) as Appointment;
const now = new Date(2026, 10, 23, 9);
const local = (month: number, day: number, hour: number, year = 2026) =>
    at(new Date(year, month, day, hour).toISOString());

test("the appointments of a day lie together, in the order of the list", () => {
    const items = [local(10, 23, 10), local(10, 23, 23), local(10, 24, 0), local(11, 1, 9)];
    const days = byDay(items, now);
    expect(days.map((day) => day.items.length)).toEqual([2, 1, 1]);
    expect(days.map((day) => day.title.split(" · ")[0])).toEqual([
        "Today",
        "Tomorrow",
        expect.stringContaining("Dec"),
    ]);
});

test("another year is named", () => {
    expect(byDay([local(0, 4, 9, 2027)], now)[0]?.title).toContain("2027");
});
