"""Messages from outside about what was sent: `POST /webhooks/notifications` (docs/webhooks.md)."""
