import { describe, expect, it } from "vitest";
import { clockOf, isDay, minutesOf, minutesOfDay, momentOf, periodOf, weekStartOf } from "./wall";

const BERLIN = "Europe/Berlin";

describe("wall time", () => {
    it("goes from clock to moment and back, summer and winter", () => {
        expect(momentOf("2026-07-01", 9 * 60, BERLIN)).toBe("2026-07-01T07:00:00.000Z");
        expect(momentOf("2026-12-01", 9 * 60, BERLIN)).toBe("2026-12-01T08:00:00.000Z");
        expect(minutesOfDay("2026-12-01T08:15:00Z", BERLIN)).toBe(9 * 60 + 15);
        expect(minutesOfDay("2026-12-01T23:00:00Z", BERLIN)).toBe(0);
    });

    it("knows zones far from Greenwich and of half hours", () => {
        for (const zone of ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"]) {
            for (const minutes of [0, 45, 12 * 60, 23 * 60 + 59]) {
                expect(minutesOfDay(momentOf("2026-03-01", minutes, zone), zone)).toBe(minutes);
            }
        }
    });

    it("gives a day of 23 and of 25 hours its true length", () => {
        const hours = (day: string) => {
            const { from, to } = periodOf(day, day, BERLIN);
            return (Date.parse(to) - Date.parse(from)) / 3_600_000;
        };
        expect(hours("2026-03-29")).toBe(23);
        expect(hours("2026-10-25")).toBe(25);
        expect(hours("2026-10-26")).toBe(24);
    });

    it("does not lose a time that the clocks skip", () => {
        expect(momentOf("2026-03-29", 2 * 60 + 30, BERLIN)).toMatch(/^2026-03-29T0[01]:30/);
    });

    it("writes clocks", () => {
        expect(minutesOf("09:30")).toBe(570);
        expect(clockOf(570)).toBe("09:30");
        expect(clockOf(24 * 60)).toBe("24:00");
    });

    it("finds the day on which a week begins", () => {
        expect(weekStartOf("2026-11-23", 1)).toBe("2026-11-23");
        expect(weekStartOf("2026-11-29", 1)).toBe("2026-11-23");
        expect(weekStartOf("2027-01-01", 1)).toBe("2026-12-28");
        expect(weekStartOf("2026-11-23", 7)).toBe("2026-11-22");
        expect(weekStartOf("2026-11-29", 7)).toBe("2026-11-29");
        expect(weekStartOf("2026-11-23", 6)).toBe("2026-11-21");
    });

    it("tells a day from anything else", () => {
        expect(isDay("2026-02-28")).toBe(true);
        expect(isDay("2026-02-30")).toBe(false);
        expect(isDay("tomorrow")).toBe(false);
        expect(isDay(null)).toBe(false);
    });
});
