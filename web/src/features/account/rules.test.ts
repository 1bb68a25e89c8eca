import { expect, it } from "vitest";
import { fieldText } from "./fieldErrors";
import { notOwn } from "./rules";

it("takes no password that is one's own address or name", () => {
    const isOther = notOwn({ email: "Kim.Example@example.org", name: "Kim  Example-Müller" });
    for (const own of [
        "kim.example@EXAMPLE.org",
        "KIM.EXAMPLE",
        "kimexample-müller",
        " Kim Example-Mu\u0308ller ",
    ])
        expect(isOther(own)).toBe(false);
    expect(isOther("Kim Example and more")).toBe(true);
});

it("asks nothing about an address that is not there", () => {
    expect(notOwn({ email: null, name: "Kim Example" })("another one")).toBe(true);
});

it("makes a sentence of what the server says of a password", () => {
    const message = "is one of the most common passwords";
    expect(fieldText({ field: "new", message })).toBe(`This password ${message}.`);
    expect(fieldText({ field: "password", message })).toBe(`This password ${message}.`);
    const wrong = { field: "current", message: "is not the password of this account" };
    expect(fieldText(wrong)).toBe("This is not your current password.");
    expect(fieldText({ field: "name", message: "is too long" })).toBe("is too long");
});
