"""Brings a database to this version's schema.

Migrations (`sql/migrations/NNNN_what.sql`) run once, in order. Functions and triggers
(`functions.sql` of the slices, then `sql/grants.sql`) are dropped and made again whenever the
text of one of them changed. All of it happens in one transaction under an advisory lock, so that
several servers may start at once: one does the work, the others wait and find nothing to do.
"""

import hashlib
import logging
from dataclasses import dataclass
from importlib.resources import files
from typing import LiteralString, cast

import psycopg
from psycopg import Connection, errors, sql

from holdfast.kernel.db import SERVER_ROLE

LOCK_KEY = 0x686F6C64  # "hold"; the same in every version
MINIMUM_SERVER_VERSION = 150000

FUNCTION_FILES = (
    ("holdfast.audit", "functions.sql"),
    ("holdfast.audit", "policy.sql"),
    ("holdfast.http", "functions.sql"),
    ("holdfast.accounts", "functions.sql"),
    ("holdfast.accounts", "search.sql"),
    ("holdfast.accounts", "sign_ins.sql"),
    ("holdfast.accounts", "passwords.sql"),
    ("holdfast.accounts", "throttle.sql"),
    ("holdfast.calendars.busy", "times.sql"),
    ("holdfast.catalogue", "functions.sql"),
    ("holdfast.catalogue", "providers.sql"),
    ("holdfast.catalogue", "removal.sql"),
    ("holdfast.catalogue", "affected.sql"),
    ("holdfast.catalogue", "calendar.sql"),
    ("holdfast.catalogue", "laying.sql"),
    ("holdfast.catalogue", "publishing.sql"),
    ("holdfast.slots", "functions.sql"),
    ("holdfast.reservations", "caps.sql"),
    ("holdfast.reservations", "offered.sql"),
    ("holdfast.slots", "bulk.sql"),
    ("holdfast.reservations", "functions.sql"),
    ("holdfast.reservations", "gathered.sql"),
    ("holdfast.edit_locks", "functions.sql"),
    ("holdfast.edit_locks", "acquire.sql"),
    ("holdfast.edit_locks", "gathered.sql"),
    ("holdfast.appointments", "caps.sql"),
    ("holdfast.appointments", "functions.sql"),
    ("holdfast.appointments", "written.sql"),
    ("holdfast.appointments", "lifecycle.sql"),
    ("holdfast.appointments", "endings.sql"),
    ("holdfast.appointments", "staff.sql"),
    ("holdfast.appointments", "gathered.sql"),
    ("holdfast.appointments", "history.sql"),
    ("holdfast.appointments", "around.sql"),
    ("holdfast.events", "functions.sql"),
    ("holdfast.events.kafka", "publish.sql"),
    ("holdfast.deliveries", "states.sql"),
    ("holdfast.deliveries", "sweep.sql"),
    ("holdfast.deliveries", "claim.sql"),
    ("holdfast.deliveries", "settle.sql"),
    ("holdfast.deliveries", "plan.sql"),
    ("holdfast.deliveries", "published.sql"),
    ("holdfast.notifications", "settings.sql"),
    ("holdfast.deliveries", "receipts.sql"),
    ("holdfast.notifications", "audience.sql"),
    ("holdfast.notifications", "plan.sql"),
    ("holdfast.channels.webhooks", "endpoints.sql"),
    ("holdfast.channels.webhooks", "sending.sql"),
    ("holdfast.channels.webhooks", "trial.sql"),
    ("holdfast.channels.webhooks", "replay.sql"),
    ("holdfast.channels.caldav", "connections.sql"),
    ("holdfast.channels.caldav", "planning.sql"),
    ("holdfast.channels.caldav", "sending.sql"),
    ("holdfast.deliveries", "documents.sql"),
    ("holdfast.deliveries", "resend.sql"),
    ("holdfast.deliveries", "bulk.sql"),
    ("holdfast.deliveries", "lanes.sql"),
    ("holdfast.notifications.templates", "save.sql"),
    ("holdfast.channels.email", "bounces.sql"),
    ("holdfast.channels.phones", "send_code.sql"),
    ("holdfast.channels.phones", "check_code.sql"),
    ("holdfast.channels.sms", "turns.sql"),
    ("holdfast.channels.push", "subscribe.sql"),
    ("holdfast.channels.feeds", "feeds.sql"),
    ("holdfast.notifications", "reminders.sql"),
    ("holdfast.calendars.busy", "import.sql"),
    ("holdfast.calendars.busy", "apply.sql"),
    ("holdfast.sql", "grants.sql"),
)

log = logging.getLogger("holdfast.migrate")


class MigrationError(Exception):
    """The database cannot be brought to this version; the message says what to do."""


@dataclass(frozen=True)
class Script:
    """A piece of SQL with the name and checksum under which the database remembers it."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations() -> list[Script]:
    folder = files("holdfast.sql") / "migrations"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".sql"))
    return [Script(name, (folder / name).read_text(encoding="utf-8")) for name in names]


def replaceable() -> list[Script]:
    return [
        Script(f"{package}/{name}", files(package).joinpath(name).read_text(encoding="utf-8"))
        for package, name in FUNCTION_FILES
    ]


def migrate(url: str) -> list[str]:
    """Apply what is missing and return the names of what was applied.

    The login role of `url` must own the schema (or the database must be up to date already).

    Raises:
        MigrationError: PostgreSQL is too old, the role may not change the schema, an applied
            migration was edited, or the database is newer than this version.
    """
    with psycopg.connect(url, autocommit=True, application_name="holdfast migrate") as connection:
        if connection.info.server_version < MINIMUM_SERVER_VERSION:
            raise MigrationError(
                f"PostgreSQL 15 or newer is needed; this one is "
                f"{connection.info.server_version // 10000}."
            )
        try:
            with connection.transaction():
                return _migrate_locked(connection)
        except errors.InsufficientPrivilege as error:
            raise MigrationError(
                f"The role {connection.info.user} may not change the schema "
                f"({str(error).splitlines()[0]}). Run `holdfast migrate` once with the URL of "
                "the role that owns the database."
            ) from error


def _migrate_locked(connection: Connection) -> list[str]:
    connection.execute("SET LOCAL statement_timeout = 0")
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
    known = _applied(connection)
    pending = [script for script in migrations() if script.name not in known]
    changed = [script for script in replaceable() if known.get(script.name) != script.checksum]
    _check_history(known)
    if not pending and not changed:
        return []
    _ensure_book_keeping(connection)
    _ensure_server_role(connection)
    # Functions may name tables of other slices' files that come later.
    connection.execute("SET LOCAL check_function_bodies = off")
    _drop_functions(connection)
    for script in [*pending, *replaceable()]:
        _apply(connection, script)
    _remember_functions(connection)
    return [script.name for script in [*pending, *changed]]


def _drop_functions(connection: Connection) -> None:
    """Drop our functions (and with them their triggers) so that signatures may change."""
    rows = connection.execute(
        "SELECT to_regprocedure(signature)::text FROM schema_functions "
        "WHERE to_regprocedure(signature) IS NOT NULL"
    ).fetchall()
    for (signature,) in rows:
        # CASCADE may have taken it along with one before.
        connection.execute(cast(LiteralString, f"DROP FUNCTION IF EXISTS {signature} CASCADE"))
    connection.execute("DELETE FROM schema_functions")


def _remember_functions(connection: Connection) -> None:
    # What this transaction made is ours; anything else in the schema is not touched.
    connection.execute(
        """
        INSERT INTO schema_functions (signature)
        SELECT p.oid::regprocedure::text
        FROM pg_proc AS p
        WHERE p.xmin = pg_current_xact_id()::xid
          AND NOT EXISTS (
              SELECT FROM pg_depend AS d
              WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('i', 'e')
          )
        """
    )


def _check_history(known: dict[str, str]) -> None:
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
    exists = connection.execute("SELECT to_regclass('public.schema_scripts')").fetchone()
    if exists is None or exists[0] is None:
        return {}
    rows = connection.execute("SELECT name, checksum FROM schema_scripts").fetchall()
    return dict(rows)


def _ensure_book_keeping(connection: Connection) -> None:
    connection.execute(
        """
        CREATE TABLE IF NOT EXISTS schema_scripts (
            name       text PRIMARY KEY,
            checksum   text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        CREATE TABLE IF NOT EXISTS schema_functions (signature text PRIMARY KEY);
        """
    )


def _ensure_server_role(connection: Connection) -> None:
    """Make the server's role where the database has none, and let this login act as it."""
    row = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [SERVER_ROLE]).fetchone()
    role = sql.Identifier(SERVER_ROLE)
    if row is None:
        try:
            with connection.transaction():
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
        except errors.DuplicateObject:
            log.debug("another database of this cluster made the role meanwhile")
        except errors.InsufficientPrivilege as error:
            raise MigrationError(
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


def _apply(connection: Connection, script: Script) -> None:
    connection.execute(cast(LiteralString, script.text))
    connection.execute(
        """
        INSERT INTO schema_scripts (name, checksum) VALUES (%s, %s)
        ON CONFLICT (name) DO UPDATE
        SET checksum = excluded.checksum, applied_at = clock_timestamp()
        """,
        [script.name, script.checksum],
    )
    log.info("applied %s", script.name)
