import { expect, it } from "vitest";
import { safeNext } from "./safeNext";

it("goes on to a path of this site", () => {
    expect(safeNext("/book/1?start=x")).toBe("/book/1?start=x");
    expect(safeNext(null)).toBe("/");
});

it("never leads to another site", () => {
    const others = [
        "https://evil.test",
        "//evil.test",
        "/\\evil.test",
        "javascript:1",
        "/\t/evil.test",
        "/\n/evil.test",
        "/\r\\evil.test",
        "\t//evil.test",
        "/\t\t//evil.test",
        "/.//evil.test",
        "/x/..//evil.test",
        "//",
        "//:0",
    ];
    for (const next of others) expect(safeNext(next)).toBe("/");
});
