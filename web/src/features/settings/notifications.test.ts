import { expect, it } from "vitest";
import { readNotifications, withNotification } from "./notifications";

it("takes mail for granted, and nothing else", () => {
    expect(readNotifications({})).toEqual({
        changes: { email: true, sms: false },
        reminders: { email: true, sms: false },
    });
});

it("reads what was chosen, and passes over what it does not know", () => {
    const read = readNotifications({
        reminders: { email: false, sms: "yes" },
        changes: [],
        theme: "dark",
    });
    expect(read.reminders).toEqual({ email: false, sms: false });
    expect(read.changes).toEqual({ email: true, sms: false });
});

it("changes one choice and keeps all the rest", () => {
    const before = { theme: "dark", reminders: { email: false, hoursBefore: 2 } };
    expect(withNotification(before, "reminders", "sms", true)).toEqual({
        theme: "dark",
        reminders: { email: false, sms: true, hoursBefore: 2 },
    });
    expect(before.reminders).toEqual({ email: false, hoursBefore: 2 });
});
