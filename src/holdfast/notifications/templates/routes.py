"""`/message-templates` (SPEC-deliveries 3)."""

from holdfast.notifications.templates import drop, preview, read, save

routers = (read.router, save.router, drop.router, preview.router)
