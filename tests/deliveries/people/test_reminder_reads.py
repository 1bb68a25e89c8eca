"""A pass reads what became due since the last one, however many appointments there are."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from holdfast.kernel.db import with_session_options
from tests.sql.test_plans import Meter
from tests.support.cluster import Cluster, TestDatabase

APPOINTMENTS = 20_000
LIMIT = 50
# 1,000 a day, for ten days before and after now; their history and people with them.
_FILL = """
SET session_replication_role = replica;
ALTER TABLE appointments DISABLE TRIGGER ALL;
ALTER TABLE appointments DROP CONSTRAINT appointments_overlap_excl;
CREATE FUNCTION pg_temp.key(kind text, n bigint) RETURNS uuid LANGUAGE sql AS $$
    SELECT ('0000000' || kind || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
INSERT INTO facilities (id, name, timezone) VALUES (pg_temp.key('1', 1), 'F', 'Europe/Berlin');
INSERT INTO services (id, title, duration_minutes, price_cents, currency, free_until_hours)
VALUES (pg_temp.key('1', 1), 'S', 30, 100, 'EUR', 0);
INSERT INTO providers (id, name, timezone) VALUES (pg_temp.key('1', 1), 'P', 'Europe/Berlin');
INSERT INTO users (id, email, password_hash, role, name)
SELECT pg_temp.key('2', n), 'c' || n || '@mail.test', 'x', 'client', 'C' || n
FROM generate_series(1, 2000) AS n;
INSERT INTO appointments (id, user_id, provider_id, facility_id, service_id, slot_id, start_at,
    end_at, status, price_cents, currency, free_until_hours, no_show_fee_cents, audit_hash,
    refundable_until, created_at)
SELECT pg_temp.key('3', n), pg_temp.key('2', 1 + n % 2000), pg_temp.key('1', 1),
       pg_temp.key('1', 1), pg_temp.key('1', 1), pg_temp.key('4', n), s.at,
       s.at + interval '30 minutes', 'confirmed', 100, 'EUR', 0, 0, 'x', s.at,
       now() - interval '60 days'
FROM generate_series(1, 20000) AS n
CROSS JOIN LATERAL (SELECT now() + (n - 10000) * interval '86.4 seconds' AS at) AS s;
INSERT INTO appointment_audit (id, appointment_id, version, action, actor_type, actor_name, at,
    new_status, changes, hash)
SELECT gen_random_uuid(), id, 1, 'created', 'user', 'x', created_at, 'confirmed', '{}', 'x'
FROM appointments;
"""
Connection = psycopg.Connection[dict[str, Any]]


@pytest.fixture
def connection(cluster: Cluster) -> Iterator[Connection]:
    with cluster.database() as database:
        _fill(database)
        with psycopg.Connection[dict[str, Any]].connect(
            with_session_options(database.server_url), autocommit=True, row_factory=dict_row
        ) as connection:
            yield connection


def _fill(database: TestDatabase) -> None:
    with psycopg.connect(database.superuser_url, autocommit=True) as owner:
        owner.execute(_FILL)
        owner.execute("ANALYZE")


def remind(connection: Connection) -> int:
    rows = connection.execute(
        "SELECT * FROM plan_reminders(%s, '{email,push,sms}', '{1440,60}', '21:00', '08:00')",
        [LIMIT],
    ).fetchall()
    return sum(row["count"] for row in rows)


def test_a_pass_reads_no_more_than_it_looks_at(connection: Connection) -> None:
    found, passes = 0, 0
    while found < 450 and passes < 60:  # what is late but not too late: half a day of them
        found += remind(connection)
        passes += 1
    assert found >= 450
    for _ in range(20):
        remind(connection)
    for _ in range(3):
        with connection.transaction():
            meter = Meter(connection)
            remind(connection)
            reads, scanned = meter.reads()
        assert scanned == []
        assert 0 < reads["appointments_pkey"] <= 3 * LIMIT
        assert max(reads.values()) <= 4 * LIMIT, reads
