import { expect, it } from "vitest";
import { clockRange, dayAndClock } from "./time";
import { isTwice, zoneLetters } from "./zones";

const BERLIN = "Europe/Berlin";

it("tells the two hours of an autumn night apart", () => {
    const shown = (start: string, end: string) => clockRange(start, end, BERLIN);
    const plain = shown("2027-10-30T23:30:00Z", "2027-10-31T00:00:00Z");
    expect(plain).toMatch(/30.*–.*00.* CEST$/);
    expect(plain).not.toMatch(/30 .*CEST–/);
    expect(shown("2027-10-31T00:30:00Z", "2027-10-31T01:00:00Z")).toMatch(/30.* CEST–.*00.* CET$/);
    expect(shown("2027-10-31T01:30:00Z", "2027-10-31T02:00:00Z")).toMatch(/30.* CET–[^C]*$/);
    expect(dayAndClock("2027-10-31T00:00:00Z", BERLIN)).toMatch(/CEST$/);
});

it.each([
    ["2027-10-30T23:59:00Z", BERLIN, false],
    ["2027-10-31T00:00:00Z", BERLIN, true],
    ["2027-10-31T01:59:00Z", BERLIN, true],
    ["2027-10-31T02:00:00Z", BERLIN, false],
    ["2027-03-28T01:00:00Z", BERLIN, false],
    ["2027-11-07T05:30:00Z", "America/New_York", true],
    ["2027-11-07T06:30:00Z", "America/New_York", true],
    ["2027-11-07T07:30:00Z", "America/New_York", false],
    // Half an hour only.
    ["2027-04-03T14:45:00Z", "Australia/Lord_Howe", true],
    ["2027-04-03T14:15:00Z", "Australia/Lord_Howe", false],
    ["2027-10-31T00:30:00Z", "Asia/Kolkata", false],
    ["2027-10-31T00:30:00Z", "UTC", false],
    ["nonsense", "UTC", false],
])("%s comes twice in %s: %s", (iso, zone, is) => {
    expect(isTwice(iso, zone)).toBe(is);
});

it("names a zone by its letters where it has any", () => {
    expect(zoneLetters("2027-10-31T01:30:00Z", BERLIN)).toBe("CET");
    expect(zoneLetters("2027-11-07T05:30:00Z", "America/New_York")).toBe("EDT");
    expect(zoneLetters("2027-04-03T14:45:00Z", "Australia/Lord_Howe")).toMatch(/GMT|LH/);
});
