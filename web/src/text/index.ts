import en from "./en.json";

/**
 * All text of the app comes from one catalogue, en.json, by a dotted key that the compiler checks.
 * A translation is another file of the same shape.
 */
type Plural = { one: string; other: string };
type Leaf = string | Plural;
type Keys<T> = {
    [K in keyof T & string]: T[K] extends Leaf ? K : `${K}.${Keys<T[K]>}`;
}[keyof T & string];
export type TextKey = Keys<typeof en>;
export type TextValues = Record<string, string | number>;

const plurals = new Intl.PluralRules("en");

function find(key: string): Leaf {
    let node: unknown = en;
    for (const part of key.split(".")) node = (node as Record<string, unknown>)[part];
    return node as Leaf;
}

/** The text of `key`, with `{name}` filled in from `values`; `{count}` chooses singular or plural. */
export function t(key: TextKey, values: TextValues = {}): string {
    const leaf = find(key);
    const text =
        typeof leaf === "string"
            ? leaf
            : leaf[plurals.select(Number(values.count)) === "one" ? "one" : "other"];
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
        const value = values[name];
        return value === undefined ? whole : String(value);
    });
}
