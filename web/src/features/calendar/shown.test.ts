import { describe, expect, it } from "vitest";
import { shownProviders } from "./shown";

const providers = Array.from({ length: 20 }, (_, index) => ({ id: `p${index}` }));
const ids = (shown: { id: string }[]) => shown.map(({ id }) => id);

describe("shownProviders", () => {
    it("shows who was chosen, busy or not", () => {
        expect(ids(shownProviders(providers, ["p3", "p1"], [{ providerId: "p5" }]))).toEqual([
            "p1",
            "p3",
        ]);
    });

    it("shows who has something that day, else a dozen", () => {
        expect(ids(shownProviders(providers, [], [{ providerId: "p15" }]))).toEqual(["p15"]);
        expect(shownProviders(providers, [], [])).toHaveLength(12);
    });
});
