"""Measurements of this machine: `make bench` (docs/performance.md)."""
