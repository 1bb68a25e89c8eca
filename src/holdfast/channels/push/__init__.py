"""Web Push: messages to a browser that need not show the app (SPEC-deliveries §3)."""
