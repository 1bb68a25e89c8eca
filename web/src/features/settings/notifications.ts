import type { User } from "~/features/account/session";

export const WAYS = ["email", "sms"] as const;
export const KINDS = ["changes", "reminders"] as const;
export type Way = (typeof WAYS)[number];
export type Kind = (typeof KINDS)[number];
export type Notifications = Record<Kind, Record<Way, boolean>>;

/** What applies to who chose nothing: mail, and no texts. */
const USUAL: Record<Way, boolean> = { email: true, sms: false };

const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);

/** What a user's preferences say of notifications; whatever else may stand there is passed over. */
export function readNotifications(preferences: User["preferences"]): Notifications {
    const read = (kind: Kind) => {
        const said = preferences[kind];
        const ways = isObject(said) ? said : {};
        return Object.fromEntries(
            WAYS.map((way) => {
                const value = ways[way];
                return [way, typeof value === "boolean" ? value : USUAL[way]];
            }),
        ) as Record<Way, boolean>;
    };
    return { changes: read("changes"), reminders: read("reminders") };
}

/** The preferences with one choice changed; a change replaces them all, so the rest is kept. */
export function withNotification(
    preferences: User["preferences"],
    kind: Kind,
    way: Way,
    isWanted: boolean,
): User["preferences"] {
    const said = preferences[kind];
    return {
        ...preferences,
        [kind]: {
            ...(isObject(said) ? said : {}),
            ...readNotifications(preferences)[kind],
            [way]: isWanted,
        },
    };
}
