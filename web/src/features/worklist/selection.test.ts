import { expect, it } from "vitest";
import { extended, NOTHING, toggled, withAll, without } from "./selection";

const order = ["a", "b", "c", "d", "e"];
const ids = (selection: { ids: ReadonlySet<string> }) => [...selection.ids].sort().join("");

it("selects a row and lets it go", () => {
    const one = toggled(NOTHING, "b");
    expect(ids(one)).toBe("b");
    expect(ids(toggled(one, "b"))).toBe("");
});

it("selects everything between the last row and this one, both ways", () => {
    const from = toggled(NOTHING, "c");
    expect(ids(extended(from, "e", order))).toBe("cde");
    expect(ids(extended(from, "a", order))).toBe("abc");
    // The range always begins at the same row.
    expect(ids(extended(extended(from, "d", order), "b", order))).toBe("bcd");
});

it("selects one row when the range's beginning has left the list", () => {
    const from = toggled(NOTHING, "gone");
    expect(ids(extended(from, "d", order))).toBe("dgone");
});

it("selects all that is shown, and lets go of what is done", () => {
    const all = withAll(toggled(NOTHING, "other"), order);
    expect(ids(all)).toBe("abcdeother");
    expect(ids(without(all, order))).toBe("other");
});
