"""All routes of Web Push."""

from holdfast.channels.push import public_key, subscribe, subscriptions

routers = (public_key.router, subscribe.router, subscriptions.router)
