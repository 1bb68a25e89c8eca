import { textOf, type Keys, type TextKey as EverybodysKey, type TextValues } from ".";
import en from "./en.json";
import staff from "./en.staff.json";

const all = { ...en, ...staff };

export type TextKey = EverybodysKey | Keys<typeof staff>;

/** `t` for the screens of staff: what they alone read is fetched by nobody else. */
export function t(key: TextKey, values: TextValues = {}): string {
    return textOf(all, key, values);
}
