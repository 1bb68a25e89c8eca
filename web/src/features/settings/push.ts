import { api, data } from "~/api/client";
import { Problem } from "~/api/problem";
import { browserStorage, PUSH_KEPT } from "~/lib/storage";

/**
 * Which subscription this browser has, whose it is and with which key of the server it was made. The
 * address that the push service gave stays in the browser; the server does not give it back.
 */
type Kept = { userId: string; id: string; key: string };

export function keptPush(userId: string): Kept | null {
    try {
        const kept = JSON.parse(
            browserStorage.getItem(PUSH_KEPT) ?? "null",
        ) as Partial<Kept> | null;
        const isWhole = kept?.userId === userId && kept.id && kept.key;
        return isWhole ? (kept as Kept) : null;
    } catch {
        return null;
    }
}

/** Whether this browser can get messages at all. An iPhone can once the app is on its home screen. */
export function canPush(): boolean {
    return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

export async function serverKey(): Promise<string> {
    return (await data(api.GET("/api/v1/push/public-key"))).publicKey;
}

/** Subscribes this browser, after a tap: the browser asks the person now. */
export async function turnOn(userId: string): Promise<"on" | "denied"> {
    if ((await Notification.requestPermission()) !== "granted") return "denied";
    await subscribe(userId, await serverKey());
    return "on";
}

async function subscribe(userId: string, key: string): Promise<void> {
    const { pushManager } = await navigator.serviceWorker.ready;
    // One that was made with another key would be refused together with the new one.
    await (await pushManager.getSubscription())?.unsubscribe();
    const made = await pushManager.subscribe({
        userVisibleOnly: true,
        applicationServerKey: bytesOf(key),
    });
    const { endpoint, keys } = made.toJSON();
    const { id } = await data(
        api.POST("/api/v1/users/{user_id}/push-subscriptions", {
            params: { path: { user_id: userId } },
            body: {
                endpoint: endpoint ?? "",
                keys: { p256dh: keys?.p256dh ?? "", auth: keys?.auth ?? "" },
            },
        }),
    );
    browserStorage.setItem(PUSH_KEPT, JSON.stringify({ userId, id, key } satisfies Kept));
}

/** Ends a subscription; one that is gone already is ended. */
export async function endPush(userId: string, id: string): Promise<void> {
    try {
        await data(
            api.DELETE("/api/v1/users/{user_id}/push-subscriptions/{subscription_id}", {
                params: { path: { user_id: userId, subscription_id: id } },
            }),
        );
    } catch (error) {
        if (!(error instanceof Problem && error.status === 404)) throw error;
    }
    if (keptPush(userId)?.id === id) await forgetHere();
}

async function forgetHere(): Promise<void> {
    browserStorage.removeItem(PUSH_KEPT);
    if (!canPush()) return;
    const worker = await navigator.serviceWorker.getRegistration();
    await (await worker?.pushManager.getSubscription())?.unsubscribe();
}

/** Before somebody signs out here: their messages are for nobody else who uses this browser. */
export async function leavePush(userId: string): Promise<void> {
    const kept = keptPush(userId);
    if (kept) await endPush(userId, kept.id).catch(forgetHere);
}

/**
 * At every start: subscribes again when the server's key has changed, and ends here what was ended from
 * another device. Failures wait for the next start.
 */
export async function keepPush(userId: string): Promise<void> {
    const kept = keptPush(userId);
    if (!kept || !canPush() || Notification.permission !== "granted") return;
    const key = await serverKey();
    if (key !== kept.key) {
        await subscribe(userId, key);
        await endPush(userId, kept.id);
        return;
    }
    const { items } = await pushDevices(userId);
    if (!items.some(({ id }) => id === kept.id)) await forgetHere();
}

export function pushDevices(userId: string) {
    return data(
        api.GET("/api/v1/users/{user_id}/push-subscriptions", {
            params: { path: { user_id: userId } },
        }),
    );
}

export function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
    const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
