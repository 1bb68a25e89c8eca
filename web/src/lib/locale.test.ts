import { afterEach, expect, it, vi } from "vitest";
import { firstWeekday, localeFor, weekdays } from "./locale";

it("takes the browser's variant of the text's language, and no other language", () => {
    expect(localeFor("en", ["de-DE", "en-AU", "en-US"])).toBe("en-AU");
    expect(localeFor("en", ["de-DE", "fr"])).toBe("en");
    expect(localeFor("en", ["", "not a language", "en-GB"])).toBe("en-GB");
    expect(localeFor("de", ["en-US", "de-CH"])).toBe("de-CH");
    expect(localeFor("en", [])).toBe("en");
});

const FIRST = [
    ["en-US", 7],
    ["en", 7],
    ["en-GB", 1],
    ["de", 1],
    ["de-CH", 1],
    ["pt-BR", 7],
    ["ar-EG", 6],
] as const;

afterEach(() => vi.unstubAllGlobals());

it.each(FIRST)("knows where a week begins in %s", (tag, first) => {
    expect(firstWeekday(tag)).toBe(first);
});

it.each(FIRST)("knows it without the browser's help in %s", (tag, first) => {
    const Real = Intl.Locale;
    class Silent {
        maximize() {
            return new Real(tag).maximize();
        }
    }
    vi.stubGlobal("Intl", Object.create(Intl, { Locale: { value: Silent } }));
    expect(firstWeekday(tag)).toBe(first);
});

it("puts the weekdays in that order", () => {
    expect(weekdays(7)).toEqual([7, 1, 2, 3, 4, 5, 6]);
    expect(weekdays(1)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});
