"""What a database remembers of how it was made: scripts, functions by file, the release."""

import logging
from typing import LiteralString, cast

from psycopg import Connection, errors

from holdfast.kernel.schema_files import Script

log = logging.getLogger("holdfast.migrate")


def ensure_books(connection: Connection) -> None:
    """Make the tables, or what they lack in a database of an unreleased version."""
    connection.execute(
        """
        CREATE TABLE IF NOT EXISTS schema_scripts (
            name       text PRIMARY KEY,
            checksum   text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        CREATE TABLE IF NOT EXISTS schema_functions (signature text PRIMARY KEY);
        ALTER TABLE schema_functions
            ADD COLUMN IF NOT EXISTS file text,
            ADD COLUMN IF NOT EXISTS is_made boolean NOT NULL DEFAULT true;
        CREATE TABLE IF NOT EXISTS schema_release (
            only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
            release  integer NOT NULL
        );
        """
    )


def release_of(connection: Connection) -> int | None:
    """The database's release; None for an empty one, or one of an unreleased version."""
    if not _exists(connection, "schema_release"):
        return None
    row = connection.execute("SELECT release FROM schema_release").fetchone()
    return row[0] if row else None


def applied_scripts(connection: Connection) -> dict[str, str]:
    """The checksum of each script that was applied, by name."""
    if not _exists(connection, "schema_scripts"):
        return {}
    rows = connection.execute("SELECT name, checksum FROM schema_scripts").fetchall()
    return dict(rows)


def _exists(connection: Connection, table: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s)", [f"public.{table}"]).fetchone()
    return bool(row and row[0])


def remember(connection: Connection, script: Script) -> None:
    """Note that a script was applied."""
    connection.execute(
        """
        INSERT INTO schema_scripts (name, checksum) VALUES (%s, %s)
        ON CONFLICT (name) DO UPDATE
        SET checksum = excluded.checksum, applied_at = clock_timestamp()
        """,
        [script.name, script.checksum],
    )
    log.info("applied %s", script.name)


def mark_changed(connection: Connection, name: str) -> None:
    """Let a script be applied again. Its name stays: a server without it would not be ready."""
    connection.execute("UPDATE schema_scripts SET checksum = '' WHERE name = %s", [name])


def functions_made_here(connection: Connection) -> set[str]:
    """The signatures of the functions that this transaction made or replaced, but for those of
    types and extensions."""
    rows = connection.execute(
        """
        SELECT p.oid::regprocedure::text FROM pg_proc AS p
        WHERE p.xmin = pg_current_xact_id()::xid
          AND NOT EXISTS (
              SELECT FROM pg_depend AS d
              WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('i', 'e'))
        """
    ).fetchall()
    return {signature for (signature,) in rows}


def remember_functions(connection: Connection, script: Script, made: set[str]) -> None:
    """Note what a file makes. What it made before and no file makes any more is ours to drop."""
    connection.execute("UPDATE schema_functions SET is_made = false WHERE file = %s", [script.name])
    connection.execute(
        """
        INSERT INTO schema_functions (signature, file, is_made)
        SELECT signature, %s, true FROM unnest(%s::text[]) AS signature
        ON CONFLICT (signature) DO UPDATE SET file = excluded.file, is_made = true
        """,
        [script.name, sorted(made)],
    )


def drop_unmade(connection: Connection) -> None:
    """Drop functions that the release before this one made no more: no server calls them now."""
    rows = connection.execute(
        "SELECT f.signature, to_regprocedure(f.signature)::text FROM schema_functions AS f "
        "WHERE NOT f.is_made"
    ).fetchall()
    for signature, there in rows:
        try:
            with connection.transaction():
                if there is not None:
                    connection.execute(cast(LiteralString, f"DROP FUNCTION {there}"))
                connection.execute("DELETE FROM schema_functions WHERE signature = %s", [signature])
        except errors.DependentObjectsStillExist as error:
            log.warning("%s stays: %s", signature, error.diag.message_detail)


def drop_all_functions(connection: Connection) -> None:
    """Drop the functions of an unreleased version, and with them their triggers."""
    rows = connection.execute(
        "SELECT to_regprocedure(signature)::text FROM schema_functions "
        "WHERE to_regprocedure(signature) IS NOT NULL"
    ).fetchall()
    for (signature,) in rows:
        # CASCADE may have taken it along with one before.
        connection.execute(cast(LiteralString, f"DROP FUNCTION IF EXISTS {signature} CASCADE"))
    connection.execute("DELETE FROM schema_functions")
