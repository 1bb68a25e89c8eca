"""What a message says: read when it is sent, never stored (docs/deliveries.md)."""
