import { describe, expect, it } from "vitest";
import { conflictsOf, patchOf } from "./merging";

const began = { name: "Ada", role: "client", links: ["a"], phone: null };

describe("patchOf", () => {
    it("names what was changed and nothing else", () => {
        expect(patchOf(began, { ...began })).toEqual({});
        expect(patchOf(began, { ...began, name: "Eva", links: ["a", "b"] })).toEqual({
            name: "Eva",
            links: ["a", "b"],
        });
    });

    it("does not mind the order of members", () => {
        expect(patchOf({ policy: { a: 1, b: 2 } }, { policy: { b: 2, a: 1 } })).toEqual({});
    });

    it("takes what is missing for nothing", () => {
        expect(patchOf({ name: "Ada" }, { name: "Ada", phone: null })).toEqual({});
    });
});

describe("conflictsOf", () => {
    const patch = { name: "Eva", links: ["b"] };

    it("finds the fields that two people changed", () => {
        expect(conflictsOf(began, patch, { ...began, name: "Ida" })).toEqual(["name"]);
    });

    it("does not mind changes of other fields, nor the same change", () => {
        expect(conflictsOf(began, patch, { ...began, role: "admin" })).toEqual([]);
        expect(conflictsOf(began, patch, { ...began, name: "Eva" })).toEqual([]);
    });
});
