"""What can go wrong, as text that an operator can act on."""


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot be started or used; the message says why and what to do."""


class DataDirInUse(EmbeddedError):
    """Another live process owns the data directory; the message names it where it is known."""
