import en from "./en.json";

/**
 * All text of the app comes from one catalogue, by a dotted key that the compiler checks: en.json,
 * and en.staff.json for what staff alone read. A translation is other files of the same shapes.
 */
type Plural = { one: string; other: string };
type Leaf = string | Plural;
export type Keys<T> = {
    [K in keyof T & string]: T[K] extends Leaf ? K : `${K}.${Keys<T[K]>}`;
}[keyof T & string];
export type TextKey = Keys<typeof en>;
export type TextValues = Record<string, string | number>;

/** The language of the texts, as `lang` of HTML names it. */
export const language: string = en.app.language;

const plurals = new Intl.PluralRules(language);

function find(part: object, key: string): Leaf {
    let node: unknown = part;
    for (const name of key.split(".")) node = (node as Record<string, unknown>)[name];
    return node as Leaf;
}

/** The text of `key` in a part of the catalogue, filled in as `t` says. */
export function textOf(part: object, key: string, values: TextValues): string {
    const leaf = find(part, key);
    const text =
        typeof leaf === "string"
            ? leaf
            : leaf[plurals.select(Number(values.count)) === "one" ? "one" : "other"];
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
        const value = values[name];
        return value === undefined ? whole : String(value);
    });
}

/** The text of `key`, with `{name}` filled in from `values`; `{count}` chooses singular or plural. */
export function t(key: TextKey, values: TextValues = {}): string {
    return textOf(en, key, values);
}
