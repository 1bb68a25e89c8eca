import { expect, test } from "vitest";
import { isComplete, isContact } from "./clients";

test("a number and an address are no names", () => {
    for (const text of ["0171 555 66 77", "+49 (0)171/5556677", "kim@mail.test", "(030) 1"])
        expect(isContact(text), text).toBe(true);
    for (const text of ["Kurt Meyer", "Kurt 2", "", "+", "Agent 47"])
        expect(isContact(text), text).toBe(false);
});

test("somebody new has a name and a way to be reached", () => {
    expect(isComplete({ name: "Kurt", contact: "030 1234567" })).toBe(true);
    expect(isComplete({ name: " ", contact: "030 1234567" })).toBe(false);
    expect(isComplete({ name: "Kurt", contact: " " })).toBe(false);
});
