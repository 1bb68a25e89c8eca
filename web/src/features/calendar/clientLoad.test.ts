import { expect, it } from "vitest";
import { clientLoad, MANY } from "./clientLoad";

const NOW = Date.parse("2026-11-23T08:00:00Z");
const wanted = { start: "2026-11-23T09:00:00Z", end: "2026-11-23T09:30:00Z" };
const one = (start: string, end: string, status: "confirmed" | "requested" | "cancelled") => ({
    ...{ id: start, status },
    start: `2026-11-23T${start}:00Z`,
    end: `2026-11-23T${end}:00Z`,
});

it("finds what overlaps, a request too, and not what only touches or is cancelled", () => {
    const overlapping = (...open: ReturnType<typeof one>[]) =>
        clientLoad(open, wanted, NOW).overlapping?.id;
    expect(overlapping(one("09:15", "09:45", "confirmed"))).toBe("09:15");
    expect(overlapping(one("08:30", "10:00", "requested"))).toBe("08:30");
    expect(overlapping(one("08:30", "09:00", "confirmed"))).toBeUndefined();
    expect(overlapping(one("09:30", "10:00", "confirmed"))).toBeUndefined();
    expect(overlapping(one("09:00", "09:30", "cancelled"))).toBeUndefined();
});

it("counts what is confirmed and has not begun", () => {
    const later = one("12:00", "12:30", "confirmed");
    const others = [one("07:45", "08:15", "confirmed"), one("13:00", "13:30", "requested")];
    const nine = Array.from({ length: MANY - 1 }, () => later);
    expect(clientLoad([...nine, ...others], wanted, NOW)).toMatchObject({
        count: MANY - 1,
        isMany: false,
    });
    expect(clientLoad([...nine, later], wanted, NOW).isMany).toBe(true);
});
