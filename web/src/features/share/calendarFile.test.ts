import { expect, it } from "vitest";
import { calendarFile } from "./calendarFile";

const entry = {
    title: "Check; talk, Dr. Öz",
    start: "2026-11-23T09:00:00Z",
    end: "2026-11-23T09:45:00Z",
    location: "Lindenallee 12, 10435 Berlin",
    details: "One\nTwo",
};
const made = (more: object = {}) =>
    calendarFile({ ...entry, ...more }, "secret@x.test", "2026-11-21T08:00:00.123Z");

it("says when in UTC, and escapes what has a meaning of its own", () => {
    const lines = made().split("\r\n");
    expect(lines).toContain("DTSTART:20261123T090000Z");
    expect(lines).toContain("DTEND:20261123T094500Z");
    expect(lines).toContain("DTSTAMP:20261121T080000Z");
    expect(lines).toContain("SUMMARY:Check\\; talk\\, Dr. Öz");
    expect(lines).toContain("DESCRIPTION:One\\nTwo");
    expect(lines.at(-1)).toBe("");
});

it("folds long lines at 75 octets and loses nothing", () => {
    const title = "Überlänge ".repeat(30).trim();
    const file = made({ title });
    const size = (line: string) => new TextEncoder().encode(line).length;
    expect(Math.max(...file.split("\r\n").map(size))).toBeLessThanOrEqual(75);
    expect(file.replaceAll("\r\n ", "")).toContain(`SUMMARY:${title}`);
});
