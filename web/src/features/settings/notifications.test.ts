import { expect, it } from "vitest";
import {
    isChosen,
    leadOf,
    minutesOffered,
    waysOf,
    withChoice,
    withMinutes,
    type Settings,
} from "./notifications";

const settings: Settings = {
    email: { changes: true, reminders: true },
    sms: { changes: null, reminders: false },
    push: { changes: true, reminders: false },
    reminderMinutes: [1440, 60],
    quietHours: { from: "21:00", to: "08:00" },
    locale: null,
    showDetails: false,
    channels: {
        email: { available: true, address: "kim@example.org", state: null },
        sms: { available: false, address: null, state: null },
        push: { available: true, subscriptions: 0 },
    },
    version: 1,
};

it("offers the ways that the server can send by", () => {
    expect(waysOf(settings)).toEqual(["email", "push"]);
});

it("shows as not chosen what nothing was said of", () => {
    expect(isChosen(settings, "sms", "changes")).toBe(false);
    expect(isChosen(settings, "email", "changes")).toBe(true);
});

it("changes one choice and says nothing of the others", () => {
    const changed = withChoice(settings, "sms", "reminders", true);
    expect(changed.sms).toEqual({ changes: null, reminders: true });
    expect(settings.sms.reminders).toBe(false);
});

it("keeps reminders in order, the longest first", () => {
    expect(withMinutes(settings, 120, true).reminderMinutes).toEqual([1440, 120, 60]);
    expect(withMinutes(settings, 1440, false).reminderMinutes).toEqual([60]);
    expect(settings.reminderMinutes).toEqual([1440, 60]);
});

it("offers what was chosen elsewhere, too", () => {
    expect(minutesOffered({ ...settings, reminderMinutes: [45] })).toContain(45);
});

it.each([
    [15, { unit: "minutes", count: 15 }],
    [90, { unit: "minutes", count: 90 }],
    [60, { unit: "hours", count: 1 }],
    [1440, { unit: "hours", count: 24 }],
    [2880, { unit: "days", count: 2 }],
    [10080, { unit: "days", count: 7 }],
] as const)("says %i minutes as one would", (minutes, lead) => {
    expect(leadOf(minutes)).toEqual(lead);
});
