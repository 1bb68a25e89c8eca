/* Part of the service worker (vite.config.ts): shows push messages, and opens what they are about. */

self.addEventListener("push", (event) => {
    const { title, body, url, tag } = read(event.data);
    event.waitUntil(
        self.registration.showNotification(title, {
            body,
            tag,
            // A message that replaces one still says that it came.
            renotify: Boolean(tag),
            icon: "/icon-192.png",
            badge: "/icon-192.png",
            data: { url },
        }),
    );
});

self.addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(show(ownUrl(event.notification.data?.url)));
});

/** A message must show something, whatever came: browsers end subscriptions of those who do not. */
function read(data) {
    let message;
    try {
        message = data?.json();
    } catch {
        message = null;
    }
    const text = (name) => (typeof message?.[name] === "string" ? message[name] : "");
    return {
        title: text("title") || "Holdfast",
        body: text("body"),
        url: text("url"),
        tag: text("tag"),
    };
}

/** A page of this app, whatever the message says. */
function ownUrl(url) {
    try {
        const wanted = new URL(url, self.location.origin);
        return self.location.origin + wanted.pathname + wanted.search;
    } catch {
        return self.location.origin + "/";
    }
}

/** The window that shows it already, else a new one: what another window does is not disturbed. */
async function show(url) {
    const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const there = windows.find((one) => one.url === url);
    if (there) await there.focus();
    else await self.clients.openWindow(url);
}
