import { textOf, type Keys, type TextKey as EverybodysKey, type TextValues } from ".";
import en from "./en.json";
import messages from "./en.messages.json";

const all = { ...en, ...messages };

export type TextKey = EverybodysKey | Keys<typeof messages>;

/** `t` for what speaks of messages: the first screen does without it. */
export function t(key: TextKey, values: TextValues = {}): string {
    return textOf(all, key, values);
}
