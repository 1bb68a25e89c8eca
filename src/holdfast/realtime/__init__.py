"""Live updates over Socket.IO (SPEC §5)."""
