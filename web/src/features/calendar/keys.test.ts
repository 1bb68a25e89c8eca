import { describe, expect, it } from "vitest";
import { columnsOf } from "./columns";
import type { Entry } from "./entries";
import { firstFocus, isArrow, neighbour } from "./keys";
import { momentOf } from "~/lib/wall";

const DAY = "2026-11-24";
const providers = ["ada", "ben", "cleo"].map((id) => ({ id, name: id }));
const columns = columnsOf("day", DAY, providers, DAY);
const at = (providerId: string, minutes: number): Entry => ({
    key: `${providerId}@${minutes}`,
    providerId,
    start: momentOf(DAY, minutes),
    end: momentOf(DAY, minutes + 30),
    slot: null,
    appointment: null,
});
const entries = [at("ada", 540), at("cleo", 545), at("ada", 570), at("cleo", 600)];
const from = (index: number) => entries[index] as Entry;

describe("arrows", () => {
    it("go up and down in a column and stop at its ends", () => {
        expect(neighbour(columns, entries, from(0), "ArrowDown")?.key).toBe("ada@570");
        expect(neighbour(columns, entries, from(2), "ArrowUp")?.key).toBe("ada@540");
        expect(neighbour(columns, entries, from(2), "ArrowDown")).toBeUndefined();
        expect(neighbour(columns, entries, from(0), "ArrowUp")).toBeUndefined();
    });

    it("go sideways to the nearest time, past a column with nothing in it", () => {
        expect(neighbour(columns, entries, from(0), "ArrowRight")?.key).toBe("cleo@545");
        expect(neighbour(columns, entries, from(3), "ArrowLeft")?.key).toBe("ada@570");
        expect(neighbour(columns, entries, from(3), "ArrowRight")).toBeUndefined();
    });

    it("are told from other keys", () => {
        expect(["ArrowLeft", "ArrowUp", "t", "Arrow"].map(isArrow)).toEqual([
            true,
            true,
            false,
            false,
        ]);
    });
});

describe("firstFocus", () => {
    it("is what is on now or comes next", () => {
        expect(firstFocus(entries, Date.parse(momentOf(DAY, 572)))?.key).toBe("cleo@545");
        expect(firstFocus(entries, Date.parse(momentOf(DAY, 576)))?.key).toBe("ada@570");
        expect(firstFocus(entries, Date.parse(momentOf(DAY, 900)))?.key).toBe("ada@540");
        expect(firstFocus([], 0)).toBeUndefined();
    });
});
