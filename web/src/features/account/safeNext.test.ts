import { expect, it } from "vitest";
import { safeNext } from "./safeNext";

it("goes on to a path of this site", () => {
    expect(safeNext("/book/1?start=x")).toBe("/book/1?start=x");
    expect(safeNext(null)).toBe("/");
});

it("never leads to another site", () => {
    for (const next of ["https://evil.test", "//evil.test", "/\\evil.test", "javascript:1"])
        expect(safeNext(next)).toBe("/");
});
