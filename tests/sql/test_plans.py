"""Every statement, on a large database, reads in proportion to what it returns.

What a statement reads is counted by PostgreSQL itself, for each table and index of this
transaction. So the statements inside of functions count like any other, and it does not matter how
a plan calls its nodes. Both plans that a prepared statement may get are tried: the one made for
these parameters, and the one for any.
"""

from collections.abc import Iterator
from typing import Any, LiteralString, cast

import psycopg
import pytest
from psycopg.rows import dict_row

from holdfast.appointments import store as appointments
from holdfast.kernel.db import Database, with_session_options
from holdfast.kernel.sql import Queries
from tests.sql.calls import DESK, NEW, NOW, Case
from tests.sql.calls_caps import MORE_CAPS
from tests.sql.calls_core import MORE
from tests.sql.calls_find import MORE_FIND
from tests.sql.calls_integrity import integrity_calls
from tests.sql.large import BIG_TABLES, fill
from tests.sql.plan_cases import CASES, EXEMPT, WASTEFUL
from tests.support.cluster import Cluster, TestDatabase
from tests.support.documents import SOURCE
from tests.support.make import Make

MODES = ("force_custom_plan", "force_generic_plan")
Connection = psycopg.Connection[dict[str, Any]]


@pytest.fixture(scope="session")
def large_database(cluster: Cluster) -> Iterator[TestDatabase]:
    with cluster.database() as database:
        fill(database.superuser_url)
        yield database


@pytest.fixture
def connection(large_database: TestDatabase) -> Iterator[Connection]:
    """As the server connects."""
    with psycopg.Connection[dict[str, Any]].connect(
        with_session_options(large_database.server_url), autocommit=True, row_factory=dict_row
    ) as connection:
        # What a parallel worker reads is not counted here.
        connection.execute("SET max_parallel_workers_per_gather = 0")
        yield connection


def files_of_statements() -> dict[str, Queries]:
    """By path below the package, however deep."""
    found = {}
    for path in sorted(SOURCE.rglob("*.sql")):
        if "-- name: " in path.read_text(encoding="utf-8"):
            folder = path.parent.relative_to(SOURCE)
            package = ".".join(("holdfast", *folder.parts))
            found[f"{folder.as_posix()}/{path.name}"] = Queries(package, path.name)
    return found


def test_every_statement_is_looked_at() -> None:
    files = files_of_statements()
    assert files.keys() == CASES.keys() | EXEMPT.keys()
    for name, cases in CASES.items():
        assert set(files[name].names()) == cases.keys(), name


class Meter:
    """How much of the big tables and their indexes this transaction has read."""

    _READ = """
        SELECT c.relname AS name, c.relkind = 'r' AS is_table,
               pg_stat_get_xact_numscans(c.oid) AS scans,
               pg_stat_get_xact_tuples_returned(c.oid) AS reads
        FROM pg_class AS c
        WHERE c.oid IN (
            SELECT unnest(%(tables)s::regclass[])
            UNION ALL
            SELECT indexrelid FROM pg_index WHERE indrelid = ANY(%(tables)s::regclass[]))
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._before = self._read()

    def _read(self) -> dict[str, dict[str, Any]]:
        rows = self._connection.execute(self._READ, {"tables": list(BIG_TABLES)}).fetchall()
        return {row["name"]: row for row in rows}

    def reads(self) -> tuple[dict[str, int], list[str]]:
        """Since the beginning: entries read by table or index, and tables read from end to end."""
        now = self._read()
        counts = {name: row["reads"] - self._before[name]["reads"] for name, row in now.items()}
        scanned = [
            name
            for name, row in now.items()
            if row["is_table"] and row["scans"] > self._before[name]["scans"]
        ]
        return {name: count for name, count in counts.items() if count}, scanned


def check(connection: Connection, query: LiteralString, case: Case) -> None:
    meter = Meter(connection)
    cursor = connection.execute(query, case.parameters, prepare=True)
    rows = cursor.fetchall() if cursor.description else []
    reads, scanned = meter.reads()
    assert scanned == [], f"reads whole tables: {scanned} {reads}"
    assert len(rows) >= case.rows, "finds less than it should, so that it proves nothing"
    if case.outcomes:
        assert tuple(row["outcome"] for row in rows) == case.outcomes
    if case.shows:
        assert all(row[case.shows] is not None for row in rows)
    allowed = case.reads + case.reads_per_row * len(rows)
    assert sum(reads.values()) <= allowed, f"{len(rows)} rows, {allowed} allowed: {reads}"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def check_plan(connection: Connection, query: str, case: Case) -> None:
    """What can be seen of the plan from outside of functions."""
    explain = cast(LiteralString, f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")
    row = connection.execute(explain, case.parameters).fetchone()
    assert row is not None
    for node in nodes(row["QUERY PLAN"][0]["Plan"]):
        table = node.get("Relation Name")
        assert not (node["Node Type"] == "Seq Scan" and table in BIG_TABLES), node


def calls() -> Iterator[tuple[str, str, LiteralString, Case]]:
    """Each call: the statement's file and name, its text, the case."""
    files = files_of_statements()
    for name, cases in CASES.items():
        for statement, case in cases.items():
            yield name, statement, getattr(files[name], statement), case
    for name, statement, case in [*MORE, *MORE_CAPS, *MORE_FIND]:
        yield name, statement, getattr(files[name], statement), case
    yield from integrity_calls()


@pytest.mark.timeout(600)
def test_no_statement_reads_more_than_it_needs(
    connection: Connection, subtests: pytest.Subtests
) -> None:
    for name, statement, query, case in calls():
        wasteful = f"{name} {statement}" in WASTEFUL
        for mode in MODES:
            with (
                subtests.test(f"{name} {statement} {mode}"),
                connection.transaction(force_rollback=True),
            ):
                connection.execute("SELECT set_config('plan_cache_mode', %s, true)", [mode])
                if wasteful:
                    with pytest.raises(AssertionError):
                        check(connection, query, case)
                else:
                    check(connection, query, case)
        with (
            subtests.test(f"{name} {statement} explained"),
            connection.transaction(force_rollback=True),
        ):
            if not wasteful:
                check_plan(connection, query, case)


async def test_a_statement_with_arrays_is_planned_once(database: TestDatabase) -> None:
    """Left to choose, PostgreSQL plans it at every call: few elements look cheaper than ten."""
    db = Database(database.server_url, min_size=1, max_size=1)
    await db.open()
    try:
        async with db.connection() as connection:
            for _ in range(20):
                await appointments.appointment(connection, [NEW], [DESK])
            cursor = await connection.execute(
                "SELECT sum(custom_plans) AS custom_plans, sum(generic_plans) AS generic_plans "
                "FROM pg_prepared_statements"
            )
            row = await cursor.fetchone()
    finally:
        await db.close()
    assert row is not None
    assert row["custom_plans"] == 0
    assert row["generic_plans"] > 0


def test_plans_made_while_the_outbox_is_empty_do_not_read_all_of_it(
    database: TestDatabase, make: Make
) -> None:
    """As on a Monday, when what the last week left there has been removed."""
    place = make.place()
    day = {
        "providers": [place.provider_id],
        "services": [place.service_id],
        "first_days": [NOW.date()],
        "numbers": [1],
    }
    relay = {"limit": 500, "flush_milliseconds": 0}
    files = files_of_statements()
    availability = files["slots/queries.sql"].availability
    relay_outbox = files["events/queries.sql"].relay
    with (
        psycopg.connect(database.superuser_url, autocommit=True) as superuser,
        psycopg.Connection[dict[str, Any]].connect(
            with_session_options(database.server_url), autocommit=True, row_factory=dict_row
        ) as connection,
    ):
        superuser.execute("TRUNCATE outbox")
        superuser.execute("VACUUM (ANALYZE) outbox")
        for _ in range(6):
            connection.execute(availability, day)
            connection.execute(relay_outbox, relay)
        superuser.execute(
            "INSERT INTO outbox (position, topic, key, type, payload) "
            "SELECT n, 'availability', %s, 'timeslot.updated', '{}' "
            "FROM generate_series(1, 3000) AS n",
            [place.provider_id],
        )
        with connection.transaction():
            meter = Meter(connection)
            connection.execute(availability, day)
            connection.execute(relay_outbox, relay)
            reads, _ = meter.reads()
    assert reads.get("outbox", 0) < 10, reads


def test_a_sweep_does_not_look_at_what_is_still_live(connection: Connection) -> None:
    sweep = files_of_statements()["workers/queries.sql"].sweep_reservations
    with connection.transaction(force_rollback=True):
        ended = connection.execute(
            "UPDATE reservations SET expires_at = clock_timestamp() + interval '1 minute' "
            "WHERE status = 'live' AND expires_at <= clock_timestamp()"
        ).rowcount
        meter = Meter(connection)
        cursor = connection.execute(sweep, {"limit": 1000})
        assert cursor.fetchone() == {"count": 0}
        reads, _ = meter.reads()
        found = connection.execute("SELECT count(*) FROM reservations WHERE status = 'live'")
        live = found.fetchone()
    assert live is not None
    assert live["count"] > ended + 1000
    # The index still has the times of before for those that were given another one.
    assert sum(reads.values()) < ended + 100, reads
