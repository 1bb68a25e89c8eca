import { expect, it } from "vitest";
import { chunksOf, done, failed, withResults } from "./bulk";

it("splits many rows into parts with keys of their own", () => {
    const ids = Array.from({ length: 45 }, (_, number) => String(number));
    const chunks = chunksOf(ids);
    expect(chunks.map((chunk) => chunk.ids.length)).toEqual([20, 20, 5]);
    expect(chunks.flatMap((chunk) => chunk.ids)).toEqual(ids);
    expect(new Set(chunks.map((chunk) => chunk.key)).size).toBe(3);
});

it("tells what is done from what is not", () => {
    const first = withResults(new Map(), [
        { id: "a", status: 200, version: 2 },
        { id: "b", status: 423, scenario: "locked" },
    ]);
    const all = withResults(first, [{ id: "c", status: 204 }]);
    expect(done(all)).toEqual(["a", "c"]);
    expect(failed(all)).toEqual([{ id: "b", scenario: "locked" }]);
});
