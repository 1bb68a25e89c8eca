"""Brings a database to this version's schema, while servers of the release before go on
(docs/operations.md, "Upgrade").

Migrations (`sql/migrations/NNNN_what.sql`) run once, in order, each in a transaction of its own.
Functions, triggers and rights are replaced file by file, only those that changed: `CREATE OR
REPLACE FUNCTION` locks no table. Nothing is dropped with what depends on it. What no file makes any
more goes one release later, because servers of the release before still call it.

Several servers may start at once: each step is taken under an advisory lock. The others try for it
without waiting in a statement, so that an index can be made concurrently meanwhile. No step waits
longer than `LOCK_SECONDS` for a table, so that nobody queues behind it for longer.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString, cast

import psycopg
from psycopg import Connection, errors

from holdfast.kernel.schema_files import RELEASE, Script, migrations, replaceable
from holdfast.kernel.server_role import RoleError, ensure_server_role

LOCK_KEY = 0x686F6C64  # "hold"; the same in every version
MINIMUM_SERVER_VERSION = 150000
LOCK_SECONDS = 2
# How long a table may be in somebody else's hands before this gives up.
PATIENCE_SECONDS = 120.0
PAUSE_SECONDS = 1.0
POLL_SECONDS = 0.05

log = logging.getLogger("holdfast.migrate")


class MigrationError(Exception):
    """The database cannot be brought to this version; the message says what to do."""


def migrate(url: str) -> list[str]:
    """Apply what is missing and return the names of what was applied.

    The login role of `url` must own the schema (or the database must be up to date already).

    Raises:
        MigrationError: PostgreSQL is too old, the role may not change the schema, an applied
            migration was edited, the database is newer than this version, or a table stayed locked.
    """
    with psycopg.connect(url, autocommit=True, application_name="holdfast migrate") as connection:
        if connection.info.server_version < MINIMUM_SERVER_VERSION:
            raise MigrationError(
                f"PostgreSQL 15 or newer is needed; this one is "
                f"{connection.info.server_version // 10000}."
            )
        try:
            return _take_steps(connection)
        except RoleError as error:
            raise MigrationError(str(error)) from error
        except errors.InsufficientPrivilege as error:
            raise MigrationError(
                f"The role {connection.info.user} may not change the schema "
                f"({str(error).splitlines()[0]}). Run `holdfast migrate` once with the URL of "
                "the role that owns the database."
            ) from error


def _take_steps(connection: Connection) -> list[str]:
    """One step after the other until there is none, each as often as somebody is in its way."""
    applied: list[str] = []
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            names = _take_step(connection)
        except errors.LockNotAvailable as error:
            if time.monotonic() > give_up_at:
                raise MigrationError(
                    "A table that has to be changed stayed locked by another session (look at "
                    "pg_stat_activity). Nothing is half done: run `holdfast migrate` again."
                ) from error
            log.warning("waiting for a table that another session holds: %s", error)
            time.sleep(PAUSE_SECONDS)
            continue
        if not names:
            return applied
        applied += names
        give_up_at = time.monotonic() + PATIENCE_SECONDS


def _take_step(connection: Connection) -> list[str]:
    """The names of what was applied; none: everything is."""
    with _locked(connection):
        known, release = _applied(connection), _release(connection)
        _check(known, release)
        pending = [script for script in migrations() if script.name not in known]
        if release is None:
            return _install(connection, known, pending)
        if not pending:
            return _replace(connection, known, release)
        if not pending[0].is_outside:
            _apply(connection, pending[0])
            return [pending[0].name]
    _apply_outside(connection, pending[0])
    return [pending[0].name]


@contextmanager
def _locked(connection: Connection) -> Iterator[None]:
    """A transaction in which nobody else migrates."""
    while True:
        with connection.transaction():
            row = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK_KEY]).fetchone()
            if row and row[0]:
                connection.execute("SET LOCAL statement_timeout = 0")
                connection.execute(
                    "SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_SECONDS}s"]
                )
                # Functions may name tables and functions of files that come later.
                connection.execute("SET LOCAL check_function_bodies = off")
                yield
                return
        time.sleep(POLL_SECONDS)


def _install(connection: Connection, known: dict[str, str], pending: list[Script]) -> list[str]:
    """Make everything in a database without a release: an empty one, or one of an unreleased
    version. Of that, functions are dropped first, because their signatures may differ."""
    changed = [script for script in replaceable() if known.get(script.name) != script.checksum]
    _ensure_book_keeping(connection)
    ensure_server_role(connection)
    _drop_functions(connection)
    for script in [*pending, *replaceable()]:
        _apply(connection, script)
    connection.execute("INSERT INTO schema_release (release) VALUES (%s)", [RELEASE])
    return [script.name for script in [*pending, *changed]] or ["release"]


def _replace(connection: Connection, known: dict[str, str], release: int) -> list[str]:
    """Replace what changed; at a new release, drop what the one before no longer made."""
    changed = [script for script in replaceable() if known.get(script.name) != script.checksum]
    if not changed and release == RELEASE:
        return []
    ensure_server_role(connection)
    if release < RELEASE:
        _drop_unmade(connection)
        connection.execute("UPDATE schema_release SET release = %s", [RELEASE])
    for script in changed:
        _apply(connection, script)
    if release == RELEASE:  # on the way to a release: nobody else calls what is gone
        _drop_unmade(connection)
    return [script.name for script in changed] or ["release"]


def _apply(connection: Connection, script: Script) -> None:
    before = _made_here(connection)
    connection.execute(cast(LiteralString, script.text))
    _remember(connection, script)
    if "/" in script.name:
        _remember_functions(connection, script, _made_here(connection) - before)


def _apply_outside(connection: Connection, script: Script) -> None:
    """Make an index concurrently. One that a killed process has left half made is dropped first."""
    connection.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
    try:
        if script.name in _applied(connection):
            return
        for (name,) in connection.execute(
            "SELECT i.indexrelid::regclass::text FROM pg_index AS i "
            "JOIN pg_class AS c ON c.oid = i.indexrelid "
            "WHERE NOT i.indisvalid AND c.relnamespace = 'public'::regnamespace"
        ).fetchall():
            connection.execute(cast(LiteralString, f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
        connection.execute(cast(LiteralString, script.text))
        _remember(connection, script)
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY])


def _remember(connection: Connection, script: Script) -> None:
    connection.execute(
        """
        INSERT INTO schema_scripts (name, checksum) VALUES (%s, %s)
        ON CONFLICT (name) DO UPDATE
        SET checksum = excluded.checksum, applied_at = clock_timestamp()
        """,
        [script.name, script.checksum],
    )
    log.info("applied %s", script.name)


def _made_here(connection: Connection) -> set[str]:
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


def _remember_functions(connection: Connection, script: Script, made: set[str]) -> None:
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


def _drop_unmade(connection: Connection) -> None:
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


def _drop_functions(connection: Connection) -> None:
    """Drop the functions of an unreleased version, and with them their triggers."""
    rows = connection.execute(
        "SELECT to_regprocedure(signature)::text FROM schema_functions "
        "WHERE to_regprocedure(signature) IS NOT NULL"
    ).fetchall()
    for (signature,) in rows:
        # CASCADE may have taken it along with one before.
        connection.execute(cast(LiteralString, f"DROP FUNCTION IF EXISTS {signature} CASCADE"))
    connection.execute("DELETE FROM schema_functions")


def _check(known: dict[str, str], release: int | None) -> None:
    if release is not None and release > RELEASE:
        raise MigrationError(
            f"The database is of release {release}, and this server of release {RELEASE}: it is "
            "older, and leaves the database alone. Start the newer version, or restore the backup "
            "from before the upgrade."
        )
    ours = {script.name: script for script in migrations()}
    for name, checksum in known.items():
        if "/" in name:
            continue
        if name not in ours:
            raise MigrationError(
                f"The database has {name}, which this version does not know: it is newer."
            )
        if ours[name].checksum != checksum:
            raise MigrationError(f"{name} was changed after it had been applied.")


def _applied(connection: Connection) -> dict[str, str]:
    if not _exists(connection, "schema_scripts"):
        return {}
    rows = connection.execute("SELECT name, checksum FROM schema_scripts").fetchall()
    return dict(rows)


def _release(connection: Connection) -> int | None:
    if not _exists(connection, "schema_release"):
        return None
    row = connection.execute("SELECT release FROM schema_release").fetchone()
    return row[0] if row else None


def _exists(connection: Connection, table: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s)", [f"public.{table}"]).fetchone()
    return bool(row and row[0])


def _ensure_book_keeping(connection: Connection) -> None:
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
