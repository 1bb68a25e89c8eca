"""Running it: the database, the processes and the way they start and end (SPEC §9)."""
