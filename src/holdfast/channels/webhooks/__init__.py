"""Events by POST to whom an administrator names, and messages that come back (docs/webhooks.md)."""
