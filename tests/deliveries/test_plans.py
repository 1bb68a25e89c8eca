"""The engine reads in proportion to what it does, beside a dead endpoint with 52,000 waiting
deliveries (FACTS: a claim over all that is due collapses).

What is read is counted by PostgreSQL itself, inside of functions, too, with both plans that a
prepared statement may get.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg.rows import dict_row

from holdfast.deliveries.statements import QUERIES
from holdfast.kernel.db import with_session_options
from holdfast.kernel.ids import new_id
from holdfast.workers.retention import QUERIES as RETENTION
from tests.deliveries import large
from tests.sql.calls import Case
from tests.sql.test_plans import MODES, Connection, check
from tests.support.cluster import Cluster
from tests.support.make import Make

_CLAIMED = {"workers": [large.CLAIM] * large.UNDER_WAY, "ids": large.UNDER_WAY_IDS}
QUIET = {"quiet_from": time(21), "quiet_to": time(8)}
_NOTHING = [None] * large.UNDER_WAY
# What Kafka brought: the log's next hundred.
_READ = {
    "positions": list(range(large.PLANNED + 1, large.PLANNED + 101)),
    "topics": ["holdfast.bookings"],
    "partitions": [0],
    "next_offsets": [100],
}
ENGINE = {
    # Of each of 50 lanes eight are looked at, and as many go as there is room.
    "claim": Case(
        {
            "worker": new_id(),
            "lease_seconds": 60,
            "limit": 64,
            "channels": ["webhook"],
            "rooms": [8],
            "busy_lanes": ["webhook:x"],
            "busy": [3],
            **QUIET,
        },
        reads=50 * 8 * 6,
        reads_per_row=12,
        rows=64,
    ),
    "mark": Case({**_CLAIMED, **QUIET}, reads=150, rows=large.UNDER_WAY),
    "settle": Case(
        {
            **_CLAIMED,
            "results": ["failed"] * large.UNDER_WAY,
            "reasons": _NOTHING,
            "codes": _NOTHING,
            "excerpts": _NOTHING,
            "retry_seconds": _NOTHING,
            "lane_faults": [True] * large.UNDER_WAY,
            "receipt_ids": _NOTHING,
        },
        reads=250,
        shows="settled",
    ),
    "release": Case(_CLAIMED, reads=150),
    "sweep": Case({"limit": 500, "sms_repeats": False}, reads=100, rows=0),
    # 100 events for 48 endpoints.
    "plan_webhooks": Case({"limit": 100, "room": 10_000}, reads=100 * 48 * 4, shows="passed"),
    # Nobody has connected a calendar.
    "plan_calendars": Case({"limit": 100}, reads=100 * 12, shows="passed"),
    # Counts half of what has room: entries, and rows as far as their pages are young.
    "plan_full_lanes": Case({"limit": 100, "room": 10_000}, reads=12_000, shows="passed"),
    "plan_notifications": Case(
        {
            "limit": 100,
            "delay_seconds": 10,
            "channels": ["email", "sms", "push"],
            **QUIET,
        },
        # What was planned and undone before is still in the index of appointments.
        reads=100 * 60,
        shows="passed",
    ),
    "begin_on_bus": Case({"kind": "log", "consumers": ["notify", "webhook"]}, rows=1),
    "offsets": Case({"consumer": "webhook"}, rows=0),
    "consumer_positions": Case({"consumer": "webhook"}),
    "plan_published_webhooks": Case({**_READ, "room": 10_000}, reads=100 * 48 * 4, shows="passed"),
    "plan_published_calendars": Case(_READ, reads=100 * 12, shows="passed"),
    "plan_published_notifications": Case(
        {
            **_READ,
            "delay_seconds": 10,
            "channels": ["email", "sms", "push"],
            "quiet_from": time(21),
            "quiet_to": time(8),
        },
        reads=100 * 60,
        shows="passed",
    ),
    # Counts at most 20,000 of a lane: an index entry and a row each.
    "standing": Case({}, reads=45_000, rows=8),
    "tell_gaps": Case({}, rows=0),
    "note_receipt": Case(
        {
            "source": "sms",
            "message_id": "new",
            "delivery_id": None,
            "receipt_id": "SM1",
            "status": "delivered",
        },
        reads=20,
        outcomes=("unknown",),
    ),
    "note_sms_reply": Case(
        {"source": "sms", "message_id": "new", "number": "+4915100000000", "status": "stopped"},
        reads=20,
        outcomes=("unknown",),
    ),
}
PRUNING = {
    "prune_outbox": Case({"limit": 20}, reads=100, rows=0),
    "prune_deliveries": Case({"limit": 20, "delivery_log_days": 90}, reads=300, rows=0),
    "prune_received_webhooks": Case({"limit": 20}, reads=100, rows=0),
    # 50 lanes, each with its endpoint and what waits there.
    "prune_lanes": Case({"limit": 20, "delivery_log_days": 90}, reads=50 * 8, rows=0),
}


@contextmanager
def server_connection(cluster: Cluster) -> Iterator[tuple[Connection, str]]:
    """As the server connects to a database with one appointment; and how a superuser does."""
    with cluster.database() as database:
        make = Make(database.owner_url)
        place, client = make.place(), make.client()
        make.appointment(client, place, make.slot(place))
        make.db.execute("TRUNCATE outbox")
        make.close()
        with psycopg.Connection[dict[str, Any]].connect(
            with_session_options(database.server_url), autocommit=True, row_factory=dict_row
        ) as connection:
            connection.execute("SET max_parallel_workers_per_gather = 0")
            yield connection, database.superuser_url


@pytest.fixture(scope="module")
def connection(cluster: Cluster) -> Iterator[Connection]:
    with server_connection(cluster) as (connection, superuser_url):
        large.fill(superuser_url)
        yield connection


@pytest.fixture(scope="module")
def old_connection(cluster: Cluster) -> Iterator[Connection]:
    """Its plans were made while the tables were empty, as on the first day."""
    with server_connection(cluster) as (connection, superuser_url):
        with psycopg.connect(superuser_url, autocommit=True) as superuser:
            superuser.execute("ALTER SYSTEM SET autovacuum = off")
            superuser.execute("SELECT pg_reload_conf()")
            superuser.execute("VACUUM ANALYZE")
        for name, case in {**ENGINE, **PRUNING}.items():
            for _ in range(12):
                with connection.transaction(force_rollback=True):
                    connection.execute(query_named(name), case.parameters, prepare=True)
        large.fill(superuser_url, analyzed=False)
        yield connection
        with psycopg.connect(superuser_url, autocommit=True) as superuser:
            superuser.execute("ALTER SYSTEM RESET autovacuum")
            superuser.execute("SELECT pg_reload_conf()")


def query_named(name: str) -> LiteralString:
    return getattr(QUERIES if name in ENGINE else RETENTION, name)


def test_every_statement_of_the_engine_is_looked_at() -> None:
    assert set(QUERIES.names()) == ENGINE.keys()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", [*ENGINE, *PRUNING])
def test_what_a_statement_reads(connection: Connection, name: str, mode: str) -> None:
    case = ENGINE.get(name) or PRUNING[name]
    with connection.transaction(force_rollback=True):
        connection.execute("SELECT set_config('plan_cache_mode', %s, true)", [mode])
        check(connection, query_named(name), case)


@pytest.mark.parametrize("name", [*ENGINE, *PRUNING])
def test_what_a_statement_reads_by_a_plan_of_the_first_day(
    old_connection: Connection, name: str
) -> None:
    case = ENGINE.get(name) or PRUNING[name]
    with old_connection.transaction(force_rollback=True):
        check(old_connection, query_named(name), case)


def test_what_is_counted_are_the_tables_of_deliveries(connection: Connection) -> None:
    """Else nothing would be counted here, and every test would pass."""
    with connection.transaction(force_rollback=True), pytest.raises(AssertionError):
        check(connection, "SELECT id FROM deliveries WHERE state = 'pending'", Case({}, reads=10))
