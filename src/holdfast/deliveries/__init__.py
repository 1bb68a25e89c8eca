"""One engine for everything that leaves the server (docs/deliveries.md)."""
