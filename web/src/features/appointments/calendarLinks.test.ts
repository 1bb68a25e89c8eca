import { expect, test } from "vitest";
import { googleLink, outlookLink } from "./calendarLinks";

const one = {
    id: "a",
    start: "2026-11-23T09:00:00Z",
    end: "2026-11-23T09:45:00Z",
    serviceTitle: "Check & talk",
    providerName: "Dr. Öz",
    facilityName: null,
};

test("Google gets the time in UTC and the text in full", () => {
    const values = new URL(googleLink(one, "https://x.test/appointments/a")).searchParams;
    expect(values.get("dates")).toBe("20261123T090000Z/20261123T094500Z");
    expect(values.get("text")).toBe("Check & talk, Dr. Öz");
    expect(values.get("details")).toBe("https://x.test/appointments/a");
});

test("so does Outlook", () => {
    const values = new URL(outlookLink(one, "")).searchParams;
    expect([values.get("startdt"), values.get("enddt")]).toEqual([one.start, one.end]);
    expect(values.get("subject")).toBe("Check & talk, Dr. Öz");
});
