"""The role that the server works as: less than the owner of the schema may do."""

import logging

import psycopg
from psycopg import Connection, errors, sql

from holdfast.kernel.db import SERVER_ROLE

log = logging.getLogger("holdfast.migrate")


class RoleError(Exception):
    """The role is missing, and this login may not make it; the message says what to do."""


def ensure_server_role(connection: Connection) -> None:
    """Make the server's role where the database has none, and let this login act as it.

    Raises:
        RoleError: this login may not make roles.
    """
    row = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [SERVER_ROLE]).fetchone()
    role = sql.Identifier(SERVER_ROLE)
    if row is None:
        try:
            with connection.transaction():
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
        except errors.DuplicateObject:
            log.debug("another database of this cluster made the role meanwhile")
        except errors.InsufficientPrivilege as error:
            raise RoleError(
                f"The role {connection.info.user} may not create roles. Ask an administrator "
                f"of the database to run: CREATE ROLE {SERVER_ROLE} NOLOGIN; "
                f'GRANT {SERVER_ROLE} TO "{connection.info.user}";'
            ) from error
    if not may_act_as_server(connection):
        try:
            with connection.transaction():
                connection.execute(sql.SQL("GRANT {} TO current_user").format(role))
        except errors.InsufficientPrivilege:
            log.info("%s may not act as %s", connection.info.user, SERVER_ROLE)


def may_act_as_server(connection: Connection) -> bool:
    """Whether this login may take the server's role."""
    privilege = "SET" if connection.info.server_version >= 160000 else "MEMBER"
    row = connection.execute(
        "SELECT pg_has_role(current_user, %s, %s)", [SERVER_ROLE, privilege]
    ).fetchone()
    return bool(row and row[0])


def server_role(url: str) -> str | None:
    """The role to take after logging in with `url`: none when it is the server's login already."""
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.info.user == SERVER_ROLE:
            return None
        return SERVER_ROLE if may_act_as_server(connection) else None
