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
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString, cast

import psycopg
from psycopg import Connection, errors

from holdfast.kernel.schema_books import (
    applied_scripts,
    drop_all_functions,
    drop_unmade,
    ensure_books,
    functions_made_here,
    mark_changed,
    release_of,
    remember,
    remember_functions,
)
from holdfast.kernel.schema_files import RELEASE, RIGHTS, Script, migrations, replaceable
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
        known, release = applied_scripts(connection), release_of(connection)
        _check(known, release)
        pending = [script for script in migrations() if script.name not in known]
        if release is None:
            return _install(connection, known, pending)
        if not pending:
            return _replace(connection, known, release)
        if not pending[0].is_outside:
            _apply(connection, pending[0])
            # What the server may do is worked out from what there is: again, once all is there.
            mark_changed(connection, RIGHTS)
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
    ensure_books(connection)
    ensure_server_role(connection)
    drop_all_functions(connection)
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
        drop_unmade(connection)
        connection.execute("UPDATE schema_release SET release = %s", [RELEASE])
    for script in changed:
        _apply(connection, script)
    if release == RELEASE:  # on the way to a release: nobody else calls what is gone
        drop_unmade(connection)
    return [script.name for script in changed] or ["release"]


def _apply(connection: Connection, script: Script) -> None:
    before = functions_made_here(connection)
    connection.execute(cast(LiteralString, script.text))
    remember(connection, script)
    if "/" in script.name:
        remember_functions(connection, script, functions_made_here(connection) - before)


def _apply_outside(connection: Connection, script: Script) -> None:
    """Make an index concurrently. One that a killed process has left half made is dropped first."""
    # Tried for, not waited for: the index would wait for the snapshot of a statement that waits.
    while True:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY]).fetchone()
        if row and row[0]:
            break
        time.sleep(POLL_SECONDS)
    try:
        if script.name in applied_scripts(connection):
            return
        named = re.search(r"CONCURRENTLY (?:IF NOT EXISTS )?(\w+)", script.text)
        if named is not None:
            half_made = connection.execute(
                "SELECT FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid",
                [f"public.{named[1]}"],
            ).fetchone()
            if half_made is not None:
                drop = f"DROP INDEX CONCURRENTLY {named[1]}"
                connection.execute(cast(LiteralString, drop))
        connection.execute(cast(LiteralString, script.text))
        remember(connection, script)
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY])


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
