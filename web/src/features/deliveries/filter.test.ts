import { describe, expect, it } from "vitest";
import { chooseZone } from "~/lib/time";
import { FILTERS, queryOf, type Filter } from "./filter";

const nothing = Object.fromEntries(FILTERS.map((name) => [name, ""])) as Filter;
const asked = (filter: Partial<Filter>) =>
    Object.fromEntries(
        Object.entries(queryOf({ ...nothing, ...filter })).filter(([, value]) => value),
    );

describe("the filter of deliveries", () => {
    it("asks for nothing when nothing is chosen", () => {
        expect(asked({})).toEqual({});
        expect(asked({ q: "  " })).toEqual({});
    });

    it("leaves out what no delivery can be", () => {
        expect(asked({ state: "lost", channel: "fax", purpose: "spam" })).toEqual({});
        expect(asked({ from: "soon", to: "2026-02-30" })).toEqual({});
    });

    it("takes whole days of the reader", () => {
        chooseZone("Europe/Berlin");
        expect(asked({ from: "2026-03-28", to: "2026-03-29" })).toEqual({
            from: "2026-03-27T23:00:00.000Z",
            to: "2026-03-29T22:00:00.000Z",
        });
        chooseZone(null);
    });

    it("passes on what is known", () => {
        const given = { q: "anna", state: "dead", channel: "sms", purpose: "reminder" };
        expect(asked({ ...given, userId: "u", endpointId: "e" })).toEqual({
            ...given,
            userId: "u",
            endpointId: "e",
        });
    });
});
