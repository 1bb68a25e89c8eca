import { expect, it } from "vitest";
import { keptBy } from "./storage";

const refusing = () => {
    throw new DOMException("no", "SecurityError");
};

function fake(change: Partial<Storage> = {}): Storage {
    localStorage.clear();
    return new Proxy(localStorage, {
        get: (real, name) => {
            const own = Reflect.get(change, name) as unknown;
            const value = (own ?? Reflect.get(real, name)) as unknown;
            return typeof value === "function" && !own ? (value.bind(real) as unknown) : value;
        },
    });
}

it("keeps what is written", () => {
    const kept = keptBy(() => localStorage);
    localStorage.clear();
    kept.setItem("a", "1");
    expect(localStorage.getItem("a")).toBe("1");
    expect(kept.keys()).toEqual(["a"]);
    expect(kept.isLasting()).toBe(true);
    kept.removeItem("a");
    expect(kept.getItem("a")).toBeNull();
    expect(localStorage.length).toBe(0);
});

it.each([
    ["throws when it is touched", refusing],
    ["is not there", () => null],
    ["cannot be written", () => fake({ setItem: refusing })],
    ["forgets at once", () => fake({ setItem: () => undefined })],
])("lasts as long as the page where storage %s", (_, find) => {
    const kept = keptBy(find);
    kept.setItem("a", "1");
    kept.setItem("a", "2");
    expect(kept.getItem("a")).toBe("2");
    expect(kept.keys()).toEqual(["a"]);
    expect(kept.isLasting()).toBe(false);
    kept.removeItem("a");
    expect(kept.getItem("a")).toBeNull();
    expect(kept.keys()).toEqual([]);
});

it("shows what is kept, and the newest of it, when the storage becomes full", () => {
    let isFull = false;
    const real = fake({
        setItem: (key, value) => (isFull ? refusing() : localStorage.setItem(key, value)),
    });
    const kept = keptBy(() => real);
    kept.setItem("a", "1");
    isFull = true;
    kept.setItem("a", "2");
    kept.setItem("b", "3");
    expect([kept.getItem("a"), kept.getItem("b")]).toEqual(["2", "3"]);
    expect(kept.keys().sort()).toEqual(["a", "b"]);
});
