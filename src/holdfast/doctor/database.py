"""Checks of the database: that it can be reached, is safe, and keeps what it was given."""

import time
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import Connection

from holdfast.config import Settings
from holdfast.demo.open_accounts import open_accounts
from holdfast.doctor.finding import Finding, bad, good, skipped
from holdfast.kernel.db import SERVER_ROLE
from holdfast.kernel.migrate import MINIMUM_SERVER_VERSION
from holdfast.kernel.schema_files import migrations, replaceable
from holdfast.kernel.server_role import may_act_as_server
from holdfast.kernel.sql import Queries
from holdfast.runtime.database import Place, connections_needed

QUERIES = Queries("holdfast.doctor")
AUDIT_TABLES = ("appointment_audit", "slot_audit")
LARGEST_SKEW_SECONDS = 2.0
CONNECT_SECONDS = 5
LANES_SHOWN = 5


def check_database(settings: Settings, place: Place) -> Iterator[Finding]:
    """Everything about the database that the server logs into."""
    try:
        connection = psycopg.connect(
            place.server_url,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
        )
    except psycopg.OperationalError as error:
        said = " ".join(str(error).split())
        yield bad("database", said, "start it, or correct HOLDFAST_DATABASE_URL")
        return
    with connection:
        yield _check_version(connection)
        yield _check_schema(connection)
        yield _check_role(connection)
        yield _check_durability(connection)
        yield _check_clock(connection)
        yield _check_connections(connection, settings)
        yield _check_demo_accounts(connection)
        yield _check_deliveries(connection, settings)


def _one(
    connection: Connection, query: Any, parameters: dict[str, Any] | None = None
) -> tuple[Any, ...]:
    row = connection.execute(query, parameters).fetchone()
    assert row is not None
    return row


def _check_version(connection: Connection) -> Finding:
    info = connection.info
    said = f"PostgreSQL {info.server_version // 10000} answers as {info.user}"
    if info.server_version < MINIMUM_SERVER_VERSION:
        needed = MINIMUM_SERVER_VERSION // 10000
        return bad("database", said, f"upgrade it to PostgreSQL {needed} or newer")
    return good("database", said)


def _check_schema(connection: Connection) -> Finding:
    what, remedy = "schema", "run `holdfast migrate` (with the login that owns the database)"
    try:
        applied = dict(connection.execute(QUERIES.applied).fetchall())
    except psycopg.errors.UndefinedTable:
        return bad(what, "the database is empty", remedy)
    except psycopg.errors.InsufficientPrivilege:
        return bad(what, f"{connection.info.user} may not read it", remedy)
    missing = [
        script.name
        for script in [*migrations(), *replaceable()]
        if applied.get(script.name) != script.checksum
    ]
    if missing:
        return bad(what, f"not applied: {', '.join(missing)}", remedy)
    return good(what, f"up to date ({len(applied)} scripts)")


def _check_role(connection: Connection) -> Finding:
    what = "rights"
    if not _one(connection, QUERIES.role_exists, {"role": SERVER_ROLE})[0]:
        return bad(what, f"there is no role {SERVER_ROLE}", "run `holdfast migrate`")
    login = connection.info.user
    if login != SERVER_ROLE and not may_act_as_server(connection):
        return bad(
            what,
            f"{login} may not act as {SERVER_ROLE} and would keep rights of its own",
            f'as administrator of the database: GRANT {SERVER_ROLE} TO "{login}"',
        )
    parameters = {"role": SERVER_ROLE, "tables": list(AUDIT_TABLES)}
    writable = [name for (name,) in connection.execute(QUERIES.writable_by, parameters)]
    if writable:
        return bad(
            what,
            f"{SERVER_ROLE} may change {', '.join(writable)}",
            f"as owner of the tables: REVOKE ALL ON {', '.join(writable)} FROM {SERVER_ROLE}, "
            "then `holdfast migrate`",
        )
    return good(what, f"the server acts as {SERVER_ROLE}, which cannot change the audit trail")


def _check_durability(connection: Connection) -> Finding:
    off = [name for name, value in connection.execute(QUERIES.durability) if value == "off"]
    if off:
        return bad(
            "durability",
            f"{', '.join(off)} off: a crash can lose confirmed bookings",
            "turn them on in postgresql.conf",
        )
    return good("durability", "a confirmed booking survives a crash")


def _check_clock(connection: Connection) -> Finding:
    before = time.time()
    theirs = float(_one(connection, QUERIES.clock)[0])
    after = time.time()
    skew = theirs - (before + after) / 2
    said = f"{abs(skew):.1f} s {'ahead of' if skew > 0 else 'behind'} this machine's"
    # What the round trip took cannot be told apart from skew.
    if abs(skew) > LARGEST_SKEW_SECONDS + (after - before) / 2:
        return bad("clock", f"the database's is {said}", "synchronise both (NTP)")
    return good("clock", "the database and this machine agree")


def _check_connections(connection: Connection, settings: Settings) -> Finding:
    what = "connections"
    needed = connections_needed(settings.api_processes)
    available = _one(connection, QUERIES.connection_limits)[0]
    if needed > available:
        return bad(
            what,
            f"a server may need {needed}, the database allows {available}",
            "raise max_connections, or lower HOLDFAST_API_PROCESSES",
        )
    return good(what, f"a server needs at most {needed} of {available}")


def _check_demo_accounts(connection: Connection) -> Finding:
    what = "demo accounts"
    try:
        emails = open_accounts(connection)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        return skipped(what, "cannot be looked for yet")
    if emails:
        return bad(
            what,
            f"the public password opens {', '.join(emails)}",
            "change it or deactivate them, where others can reach this server",
        )
    return good(what, "none that the public password opens")


def _check_deliveries(connection: Connection, settings: Settings) -> Finding:
    what = "deliveries"
    try:
        lanes, dead, behind, gaps = _one(connection, QUERIES.deliveries)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        return skipped(what, "the schema comes first")
    notes = [f"{dead} dead letters in 7 days"] if dead else []
    if gaps:
        notes.append(f"{gaps} gaps in the log so far")
    if settings.delivery == "off":
        notes.append("this process sends nothing (HOLDFAST_DELIVERY)")
    troubles = []
    if behind:
        troubles.append(f"behind the log: {', '.join(behind)} events")
    if lanes:
        shown = ", ".join(lanes[:LANES_SHOWN]) + (", …" if len(lanes) > LANES_SHOWN else "")
        troubles.append(f"nothing goes by {shown}")
    if troubles:
        remedy = "see docs/operations.md, Deliveries: what to watch"
        return bad(what, "; ".join([*troubles, *notes]), remedy)
    return good(what, "; ".join(["no lane is paused", *notes]))
