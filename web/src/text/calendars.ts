import { textOf, type Keys, type TextKey as EverybodysKey, type TextValues } from ".";
import calendars from "./en.calendars.json";
import en from "./en.json";

const all = { ...en, ...calendars };

export type TextKey = EverybodysKey | Keys<typeof calendars>;

/** `t` for calendars outside and feeds: the first screen does without it. */
export function t(key: TextKey, values: TextValues = {}): string {
    return textOf(all, key, values);
}
