"""The schema: migrations that run once, and grants."""
