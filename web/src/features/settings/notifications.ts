import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data, type Schemas } from "~/api/client";
import { useUser } from "~/features/account/session";

export type Settings = Schemas["NotificationSettings"];
export type Way = "email" | "push" | "sms";
export type Kind = "changes" | "reminders";

export const KINDS: readonly Kind[] = ["changes", "reminders"];
/** What may be chosen at once, and how many of them. */
export const MINUTES: readonly number[] = [10080, 2880, 1440, 720, 240, 120, 60, 30, 15];
export const MOST_REMINDERS = 4;

/** The ways that are worth a line: what the server cannot send by is not offered. */
export function waysOf({ channels }: Settings): Way[] {
    const all: Way[] = ["email", "push", "sms"];
    return all.filter((way) => channels[way].available);
}

/** Whether a message would get there now. */
export function reaches({ channels }: Settings, way: Way): boolean {
    if (way === "push") return channels.push.subscriptions > 0;
    const { address, state } = channels[way];
    return Boolean(address) && (way === "sms" ? state === "verified" : state !== "bounced");
}

export function isChosen(settings: Settings, way: Way, kind: Kind): boolean {
    return settings[way][kind] ?? false;
}

export function withChoice(settings: Settings, way: Way, kind: Kind, isWanted: boolean): Settings {
    return { ...settings, [way]: { ...settings[way], [kind]: isWanted } };
}

/** The longest first; one more or one less. */
export function withMinutes(settings: Settings, minutes: number, isWanted: boolean): Settings {
    const others = settings.reminderMinutes.filter((one) => one !== minutes);
    const reminderMinutes = isWanted ? [...others, minutes] : others;
    return { ...settings, reminderMinutes: reminderMinutes.sort((a, b) => b - a) };
}

/** What may be chosen, and whatever else was chosen elsewhere. */
export function minutesOffered({ reminderMinutes }: Settings): number[] {
    return [...new Set([...MINUTES, ...reminderMinutes])].sort((a, b) => b - a);
}

/** In the largest unit that it is a whole number of. */
export function leadOf(minutes: number): { unit: "days" | "hours" | "minutes"; count: number } {
    if (minutes % 1440 === 0 && minutes > 1440) return { unit: "days", count: minutes / 1440 };
    if (minutes % 60 === 0) return { unit: "hours", count: minutes / 60 };
    return { unit: "minutes", count: minutes };
}

const keyOf = (userId: string) => ["notification-settings", userId] as const;

export function useNotificationSettings() {
    const { id } = useUser();
    return useQuery({
        queryKey: keyOf(id),
        queryFn: () =>
            data(
                api.GET("/api/v1/users/{user_id}/notification-settings", {
                    params: { path: { user_id: id } },
                }),
            ),
    });
}

/** Saves all of it; refused when it was changed elsewhere meanwhile. */
export function useSaveNotifications() {
    const { id } = useUser();
    const client = useQueryClient();
    return useMutation({
        mutationFn: (settings: Settings) =>
            data(
                api.PUT("/api/v1/users/{user_id}/notification-settings", {
                    params: { path: { user_id: id } },
                    body: settings,
                }),
            ),
        onSuccess: (saved) => client.setQueryData(keyOf(id), saved),
        onError: () => void client.invalidateQueries({ queryKey: keyOf(id) }),
    });
}
