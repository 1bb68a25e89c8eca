import { textOf, type Keys, type TextKey as EverybodysKey, type TextValues } from ".";
import en from "./en.json";
import messages from "./en.messages.json";
import staff from "./en.staff.json";
import steering from "./en.steering.json";

const all = { ...en, ...staff, ...messages, ...steering };

export type TextKey =
    EverybodysKey | Keys<typeof staff> | Keys<typeof messages> | Keys<typeof steering>;

/** `t` for the screens about deliveries, webhooks and templates. */
export function t(key: TextKey, values: TextValues = {}): string {
    return textOf(all, key, values);
}
