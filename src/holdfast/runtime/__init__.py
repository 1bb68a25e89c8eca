"""Running it: the database, the processes and the way they start and end (SPEC §9)."""

from holdfast.kernel.lean import import_without

# Log lines have plain tracebacks.
import_without("structlog", "rich")
