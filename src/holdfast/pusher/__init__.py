"""The Pusher bridge: the same channels and events to a Pusher-compatible service (SPEC §5)."""
