"""Statements of the import read in proportion to what they do, beside many others' busy times.

What is read is counted by PostgreSQL itself, inside of functions, too, with both plans that a
prepared statement may get.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from holdfast.calendars.busy.store import QUERIES
from holdfast.kernel.db import with_session_options
from holdfast.kernel.ids import new_id
from tests.sql.calls import NOW, Case
from tests.sql.test_plans import MODES, Connection
from tests.support.cluster import Cluster
from tests.support.make import Make

CONNECTIONS = 2000
TIMES = 20
SLOTS = 300
DUE = 5
LEASE = new_id()
BUSY_TABLES = (
    "busy_times", "busy_imports", "busy_blocks", "busy_marks", "busy_skips",
    "calendar_connections", "calendar_objects", "providers", "slots", "received_webhooks",
)  # fmt: skip

_FILL = f"""
SET session_replication_role = replica;
CREATE FUNCTION pg_temp.key(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT ('0190' || kind || '-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$;
INSERT INTO facilities (id, name, timezone) VALUES (pg_temp.key('000f', 0), 'House', 'UTC');
INSERT INTO providers (id, name, timezone)
SELECT pg_temp.key('0001', n), 'Provider ' || n, 'UTC'
FROM generate_series(0, {CONNECTIONS - 1}) AS n;
INSERT INTO calendar_connections (id, provider_id, url, username, password_sealed, push, busy,
                                  next_sync_at)
SELECT pg_temp.key('000c', n), pg_temp.key('0001', n), 'https://x.test/', 'ada', '', false, true,
       now() + CASE WHEN n < {DUE} THEN interval '-1 minute' ELSE interval '4 minutes' END
FROM generate_series(0, {CONNECTIONS - 1}) AS n;
INSERT INTO busy_imports (connection_id, lease, lease_until, timezone, read_at, read_until)
SELECT id, CASE WHEN id = pg_temp.key('000c', 7) THEN '{LEASE}'::uuid END,
       CASE WHEN id = pg_temp.key('000c', 7) THEN now() + interval '1 hour' END,
       'UTC', now(), now() + interval '62 days' FROM calendar_connections;
INSERT INTO busy_times (connection_id, object_id, provider_id, during)
SELECT c.id, pg_temp.key('000b', n), c.provider_id,
       tstzrange(now() + n * interval '1 day', now() + n * interval '1 day' + interval '1 hour')
FROM calendar_connections AS c, generate_series(1, {TIMES}) AS n;
-- Half-hour slots of every hundredth provider.
INSERT INTO slots (id, provider_id, facility_id, start_at, end_at, audit_hash, status,
                   appointment_id)
SELECT pg_temp.key('0005', p * 1000 + n), pg_temp.key('0001', p), pg_temp.key('000f', 0),
       now() + n * interval '2 hours', now() + n * interval '2 hours' + interval '30 minutes',
       sha256(''),
       CASE WHEN n % 60 = 12 THEN 'booked' WHEN n % 12 = 0 THEN 'blocked'
           ELSE 'available' END::slot_status,
       CASE WHEN n % 60 = 12 THEN pg_temp.key('000a', n) END
FROM generate_series(0, {CONNECTIONS - 1}, 100) AS p, generate_series(0, {SLOTS - 1}) AS n;
INSERT INTO busy_blocks (slot_id, provider_id, slot_version)
SELECT id, provider_id, version FROM slots
WHERE status = 'blocked' AND start_at > now() + interval '1 day';
INSERT INTO busy_marks (provider_id, due_at)
SELECT id, now() + interval '1 hour' FROM providers
ON CONFLICT DO NOTHING;
UPDATE busy_marks SET due_at = now() WHERE provider_id IN (
    SELECT pg_temp.key('0001', n) FROM generate_series(0, 4) AS n);
INSERT INTO busy_skips (provider_id) SELECT id FROM providers;
INSERT INTO received_webhooks (source, id)
SELECT 'calendar', 'id-' || n FROM generate_series(1, 20000) AS n;
SET session_replication_role = origin;
"""


def key(kind: str, number: int) -> UUID:
    return UUID(f"0190{kind}-0000-7000-8000-{number:012x}")


CASES = {
    # Of each: the connection, its import, provider and users.
    "claim": Case(
        {"lease": new_id(), "lease_seconds": 60, "interval_seconds": 300, "limit": DUE},
        reads=150,
        rows=DUE,
    ),
    # All of its objects are compared with what is known.
    "put": Case(
        {
            "connection_id": key("000c", 7),
            "url": "https://x.test/",
            "lease": LEASE,
            "is_full": True,
            "seen": [key("000b", 1), key("000b", 99)],
            "unreadable": [],
            "gone": [],
            "objects": [key("000b", 99)],
            "starts": [2_000_000_000],
            "ends": [2_000_003_600],
            "token": "t",
            "timezone": "UTC",
            "read_until": NOW + timedelta(days=62),
            "limit": 20_000,
            "doubt_seconds": 15,
        },
        reads=12 * TIMES,
        outcomes=("changed",),
    ),
    "give_back": Case({"connection_id": key("000c", 7), "lease": LEASE}, rows=0),
    # A provider's slots of twenty days, and what it writes of the twenty that it frees or blocks.
    "apply": Case(
        {"provider_id": key("0001", 100), "limit": 500},
        reads=2 * SLOTS + 30 * TIMES,
        outcomes=("done",),
    ),
    "marked": Case({"limit": 20}, rows=5),
    "put_off": Case({"provider_id": key("0001", 3), "seconds": 60}, rows=0),
    "hint": Case({"message_id": "new", "connection_id": key("000c", 7)}),
    "note_removed": Case({"connection_id": key("000c", 7), "hrefs": ["/a", "/b"]}),
    # A walk over the provider's slots, and a look for a busy time under each that somebody has.
    "conflicts": Case(
        {
            "provider_id": key("0001", 100),
            "from": NOW,
            "after_start": NOW - timedelta(days=1),
            "after_id": UUID(int=0),
            "scan": 5000,
            "limit": 21,
        },
        reads=2 * SLOTS + 100,
        rows=4,
    ),
    "provider_known": Case({"provider_id": key("0001", 100)}),
}


@pytest.fixture(scope="module")
def connection(cluster: Cluster) -> Iterator[Connection]:
    with cluster.database() as database:
        Make(database.owner_url).close()
        with psycopg.connect(database.superuser_url, autocommit=True) as superuser:
            # Those that are always enabled, and a constraint that needs whole appointments.
            for table in ("slots", "calendar_connections"):
                superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
            superuser.execute(_FILL.encode())
            for name in (
                "slots_record",
                "slots_stay",
                "slots_agreement",
                "slots_agreement_on_insert",
            ):
                superuser.execute(f"ALTER TABLE slots ENABLE ALWAYS TRIGGER {name}".encode())
            superuser.execute("ALTER TABLE calendar_connections ENABLE TRIGGER USER")
            superuser.execute("VACUUM ANALYZE")
        with psycopg.Connection[dict[str, Any]].connect(
            with_session_options(database.server_url), autocommit=True, row_factory=dict_row
        ) as connection:
            connection.execute("SET max_parallel_workers_per_gather = 0")
            yield connection


def test_every_statement_is_looked_at() -> None:
    assert set(QUERIES.names()) == CASES.keys()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_what_a_statement_reads(
    connection: Connection, name: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.sql import test_plans

    monkeypatch.setattr(test_plans, "BIG_TABLES", BUSY_TABLES)
    with connection.transaction(force_rollback=True):
        connection.execute("SELECT set_config('plan_cache_mode', %s, true)", [mode])
        test_plans.check(connection, getattr(QUERIES, name), CASES[name])
