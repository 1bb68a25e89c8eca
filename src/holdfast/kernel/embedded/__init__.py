"""A private PostgreSQL that lives and dies with this process.

Everything it needs and everything it writes is inside one data directory:

    owner.lock         flock held by the process that owns the directory; holds its pid
    server.lock        flock inherited by every PostgreSQL process of this directory
    credentials.json   the passwords of the three roles (0600)
    socket             where the socket is, if the path of pgdata is too long for one
    postgres.log       what PostgreSQL says; postgres.log.1 is the part before
    pgdata/            the PostgreSQL data directory itself
"""

from holdfast.kernel.embedded.errors import DataDirInUse, EmbeddedError
from holdfast.kernel.embedded.server import EmbeddedPostgres

__all__ = ["DataDirInUse", "EmbeddedError", "EmbeddedPostgres"]
