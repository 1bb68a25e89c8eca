"""A log and a dead endpoint with very many waiting deliveries, made set by set."""

from uuid import UUID

import psycopg

ENDPOINTS = 50
# Endpoint 0 is dead: so many deliveries wait in its lane. Each other one has 20 that are due.
DEAD = 52_000
DUE = 20
SENT = 40_000
EVENTS = 20_000
PLANNED = 19_500
UNDER_WAY = 10
CLAIM = UUID("01900000-0000-7000-8000-00000000c1a1")

_FILL = f"""
SET session_replication_role = replica;
CREATE FUNCTION pg_temp.key(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT ('0190' || kind || '-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$;

INSERT INTO webhook_endpoints (id, url, types, secret_sealed)
SELECT pg_temp.key('000e', n), 'https://example.test/' || n, '{{booking.*}}', ''
FROM generate_series(0, {ENDPOINTS - 1}) AS n;
INSERT INTO lanes (id, channel)
SELECT 'webhook:' || id, 'webhook' FROM webhook_endpoints
UNION ALL VALUES ('smtp', 'email'), ('sms', 'sms');
-- The dead one and a healthy one have more of the log to come.
UPDATE lanes SET planned_position = {PLANNED - 500}
WHERE id IN ('webhook:' || pg_temp.key('000e', 0), 'webhook:' || pg_temp.key('000e', 1));

INSERT INTO outbox (at, topic, key, type, payload, position)
SELECT now() - ({EVENTS} - n) * interval '1 second', 'bookings', a.id, 'booking.rescheduled',
       jsonb_build_object('version', 1, 'providerId', a.provider_id, 'updates', '{{}}'::jsonb), n
FROM generate_series(1, {EVENTS}) AS n
CROSS JOIN LATERAL (SELECT id, provider_id FROM appointments ORDER BY id LIMIT 1) AS a;
UPDATE relay SET position = {EVENTS};
UPDATE consumers SET position = {PLANNED} WHERE name IN ('notify', 'webhook', 'calendar');

INSERT INTO deliveries (id, channel, purpose, state, lane, appointment_id, due_at, expires_at,
                        tries, sent_at, settled_at, created_at)
SELECT pg_temp.key('000d', n), 'email', 'confirmed', 'sent', 'smtp', pg_temp.key('000a', n), at, at,
       1, at, at, at
FROM generate_series(0, {SENT - 1}) AS n
CROSS JOIN LATERAL (SELECT now() - ({SENT} - n) * interval '250 seconds') AS t (at);
INSERT INTO delivery_attempts (delivery_id, number, started_at, ended_at, outcome)
SELECT id, 1, sent_at, sent_at, 'sent' FROM deliveries;

INSERT INTO deliveries (id, channel, purpose, lane, endpoint_id, appointment_id, position,
                        event_type, dedupe_key, due_at, expires_at)
SELECT pg_temp.key('000d', {SENT} + n), 'webhook', 'event', 'webhook:' || e, e,
       pg_temp.key('000a', n), 1 + n % {PLANNED}, 'booking.rescheduled',
       'event:' || n || ':' || e || ':webhook', now() - interval '1 hour', now() + interval '1 day'
FROM generate_series(0, {DEAD + ENDPOINTS * DUE - 1}) AS n
CROSS JOIN LATERAL (SELECT pg_temp.key('000e',
    CASE WHEN n < {DEAD} THEN 0 ELSE 1 + n % ({ENDPOINTS} - 1) END)) AS t (e);

INSERT INTO deliveries (id, channel, purpose, state, lane, endpoint_id, due_at, expires_at, worker,
                        claimed_at, lease_until)
SELECT pg_temp.key('00c1', n), 'webhook', 'test', 'sending', 'webhook:' || e, e, now(),
       now() + interval '1 day', '{CLAIM}', now(), now() + interval '1 hour'
FROM generate_series(1, {UNDER_WAY}) AS n
CROSS JOIN LATERAL (SELECT pg_temp.key('000e', n)) AS t (e);

INSERT INTO received_webhooks (source, id, received_at)
SELECT 'sms', 'id-' || n, now() - ({EVENTS} - n) * interval '10 seconds'
FROM generate_series(1, {EVENTS}) AS n;
SET session_replication_role = origin;
"""
UNDER_WAY_IDS = [UUID(f"019000c1-0000-7000-8000-{number:012x}") for number in range(1, 11)]


def fill(superuser_url: str, *, analyzed: bool = True) -> None:
    """Fill a migrated database that has an appointment. Triggers rest meanwhile.

    Args:
        analyzed: whether PostgreSQL is told; otherwise it goes on with its plans for a while.
    """
    guards = ("deliveries", "delivery_attempts")
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for table in guards:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        connection.execute(_FILL.encode())
        for table in guards:
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER".encode())
        if analyzed:
            connection.execute("VACUUM ANALYZE")
