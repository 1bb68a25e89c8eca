import { describe, expect, it } from "vitest";
import { isWorthTelling } from "./AfterChange";

describe("a change of the catalogue", () => {
    it.each([
        [{}, false],
        [{ affectedAppointments: 0 }, false],
        [{ affectedAppointments: 2 }, true],
        [{ conflicts: [] }, true],
    ])("%o is worth telling: %s", (effect, isSo) => {
        expect(isWorthTelling(effect)).toBe(isSo);
    });
});
