import { expect, it } from "vitest";
import { asQuery, readFilters, writeFilters, type Filters } from "./filters";

const TODAY = "2026-03-02";
const read = (address: string) => readFilters(new URLSearchParams(address), TODAY);

it("begins today", () => {
    const usual: Filters = { from: TODAY, to: "", providerId: "", status: "", q: "" };
    expect(read("")).toEqual(usual);
    expect(writeFilters(usual, TODAY).toString()).toBe("");
});

it("keeps what was chosen, no beginning too", () => {
    const address = "from=&to=2026-03-09&provider=p1&status=no_show&q=mia";
    expect(writeFilters(read(address), TODAY).toString()).toBe(address);
    expect(read(address).from).toBe("");
});

it("drops what is no filter", () => {
    expect(read("from=soon&to=2026-02-99&status=lost")).toEqual({
        from: "",
        to: "",
        providerId: "",
        status: "",
        q: "",
    });
});

it("asks for whole days of the user's zone", () => {
    const query = asQuery(read("from=2026-03-02&to=2026-03-02&q=+")) as Record<string, string>;
    expect(Object.keys(query)).toEqual(["from", "to"]);
    expect(Date.parse(query.to ?? "") - Date.parse(query.from ?? "")).toBe(24 * 3600_000);
});
