import { textOf, type Keys, type TextKey as EverybodysKey, type TextValues } from ".";
import account from "./en.account.json";
import en from "./en.json";

const all = { ...en, ...account };

export type TextKey = EverybodysKey | Keys<typeof account>;

/** `t` for a person's account and settings, and where links lead: the first screen does without it. */
export function t(key: TextKey, values: TextValues = {}): string {
    return textOf(all, key, values);
}
