"""From the outbox to whoever listens: positions, channels, consumers (SPEC §5, §6)."""
