import { describe, expect, it } from "vitest";
import { calendarName, newsOf, standingOf, webcal, withScheme } from "./standing";

const NOW = Date.parse("2026-11-24T08:00:00Z");
const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();
const fine = { state: "ok", reason: null, busy: true, updatedAt: ago(600) } as const;

describe("how a connection does", () => {
    it("works while it is read", () => {
        expect(standingOf({ ...fine, lastSyncedAt: ago(6) }, NOW)).toBe("works");
        expect(standingOf({ ...fine, lastSyncedAt: ago(21) }, NOW)).toBe("late");
    });

    it("is read for the first time after it was made", () => {
        expect(standingOf({ ...fine, lastSyncedAt: null, updatedAt: ago(1) }, NOW)).toBe("first");
        expect(standingOf({ ...fine, lastSyncedAt: null }, NOW)).toBe("late");
    });

    it("is not late just after busy times were turned on again", () => {
        const again = { ...fine, lastSyncedAt: ago(300), updatedAt: ago(1) };
        expect(standingOf(again, NOW)).toBe("works");
    });

    it("is not read where nobody asks for busy times", () => {
        expect(standingOf({ ...fine, busy: false, lastSyncedAt: null }, NOW)).toBe("works");
    });

    it("says what it needs before anything else", () => {
        const stopped = { ...fine, state: "needs_attention", lastSyncedAt: ago(300) } as const;
        expect(standingOf({ ...stopped, reason: "not_found" }, NOW)).toBe("not_found");
        expect(standingOf({ ...stopped, reason: "unauthorized" }, NOW)).toBe("unauthorized");
    });
});

describe("what became of a sync", () => {
    const asked = { at: ago(0.1), since: NOW };

    it("is done with a read that came after it", () => {
        expect(newsOf({ state: "ok", lastSyncedAt: ago(5) }, asked, NOW)).toBe("reading");
        expect(newsOf({ state: "ok", lastSyncedAt: ago(0) }, asked, NOW)).toBe("done");
        expect(newsOf({ state: "ok", lastSyncedAt: null }, asked, NOW)).toBe("reading");
    });

    it("is slow after a minute, and nothing for one that is stopped", () => {
        expect(newsOf({ state: "ok", lastSyncedAt: null }, asked, NOW + 61_000)).toBe("slow");
        expect(newsOf({ state: "needs_attention", lastSyncedAt: null }, asked, NOW)).toBeNull();
    });
});

it("calls a calendar by its name, else by its address", () => {
    const url = "https://cloud.example.org/dav/kim/my%20work/";
    expect(calendarName({ name: "Work", url })).toBe("Work");
    expect(calendarName({ name: " ", url })).toBe("my work");
    expect(calendarName({ name: "", url: "https://cloud.example.org/" })).toBe("cloud.example.org");
    expect(calendarName({ name: "", url: "cloud" })).toBe("cloud");
});

it("takes addresses as people have them", () => {
    expect(withScheme(" caldav.icloud.com ")).toBe("https://caldav.icloud.com");
    expect(withScheme("http://127.0.0.1:5232/")).toBe("http://127.0.0.1:5232/");
    expect(withScheme("")).toBe("");
    expect(webcal("https://a.example/feeds/x.ics")).toBe("webcal://a.example/feeds/x.ics");
});
