"""Roles and database inside the embedded PostgreSQL."""

from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from holdfast.kernel.embedded.credentials import DATABASE, OWNER, SERVER, SUPERUSER, Credentials
from holdfast.kernel.embedded.errors import EmbeddedError

CONNECT_TIMEOUT_SECONDS = 10
CREATE_ROLE = {
    # CREATEDB lets a test-suite make databases from a template.
    OWNER: sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}"),
    SERVER: sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}"),
}


def ensure_roles_and_database(credentials: Credentials, socket_dir: Path) -> None:
    """Create the roles and the database that are missing, in any state an interruption leaves.

    Raises EmbeddedError when the database server cannot be used as superuser.
    """
    try:
        with psycopg.connect(_conninfo(credentials, socket_dir), autocommit=True) as connection:
            for role in CREATE_ROLE:
                _ensure_role(connection, role, credentials.passwords[role])
            _ensure_database(connection)
    except psycopg.Error as error:
        raise EmbeddedError(f"cannot set up the embedded PostgreSQL: {error}") from error


def _conninfo(credentials: Credentials, socket_dir: Path) -> str:
    # Explicit, so that PG* variables of the environment cannot change them.
    return make_conninfo(
        credentials.url(SUPERUSER, socket_dir, database="postgres"),
        sslmode="disable",
        gssencmode="disable",
        options="",
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
    )


def _ensure_role(
    connection: psycopg.Connection[tuple[object, ...]], role: str, password: str
) -> None:
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None:
        return
    # The verifier instead of the password: a failing statement is logged with its text.
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    statement = CREATE_ROLE[role].format(sql.Identifier(role), sql.Literal(verifier))
    connection.execute(statement)


def _ensure_database(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    query = "SELECT FROM pg_database WHERE datname = %s"
    if connection.execute(query, [DATABASE]).fetchone() is not None:
        return
    statement = sql.SQL("CREATE DATABASE {} OWNER {}")
    connection.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
