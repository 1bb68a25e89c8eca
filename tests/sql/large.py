"""A database as it looks after years of use, for the plan tests: made set by set, not row by row.

200 providers with 25 slots a day for 50 days around now; of each five slots one is open, the others
are booked. Ids are counted: `key(kind, number)`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg

PROVIDERS = 200
DAYS = 50
TODAY = 25
SLOTS_A_DAY = 25
SLOTS = PROVIDERS * DAYS * SLOTS_A_DAY
USERS = 50_000
# One client in whose name much was booked.
REGULAR = 0
REQUESTS = 20_000
CANCELLED = 20_000
MISSED = 2_000
# Of each ten one is the regular client's; of the last hour there are two.
RELEASED = 20_000

# What grows with use; the other tables are small, and reading them whole is right.
BIG_TABLES = (
    "appointment_audit",
    "appointment_comments",
    "appointment_shares",
    "appointments",
    "calendar_feeds",
    "channel_events",
    "channels",
    "deliveries",
    "delivery_attempts",
    "edit_lock_history",
    "edit_locks",
    "idempotency_records",
    "outbox",
    "password_resets",
    "refresh_tokens",
    "reservations",
    "sign_in_failures",
    "sign_ins",
    "slot_audit",
    "slots",
    "throttle_windows",
    "user_actions",
    "user_search",
    "users",
)

# Of each fifty one is the regular client's, one of each three goes to one endpoint.
DELIVERIES = 60_000

PROVIDER, FACILITY, SERVICE, USER, SLOT, RESERVATION, REQUEST, FREED, OTHER = range(1, 10)


def key(kind: int, number: int) -> UUID:
    """The id of the row with this number; they sort by number, as UUIDv7 do by time."""
    return UUID(f"0190{kind:04x}-0000-7000-8000-{number:012x}")


_PREPARE = """
CREATE FUNCTION pg_temp.key(kind integer, number bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
    SELECT ('0190' || lpad(to_hex(kind), 4, '0') || '-0000-7000-8000-'
            || lpad(to_hex(number), 12, '0'))::uuid
$$;
CREATE FUNCTION pg_temp.noise(number bigint) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$ SELECT sha256(int8send(number)) $$;
SET session_replication_role = replica;
SET maintenance_work_mem = '256MB';
"""
# Each row is checked against the others when an exclusion constraint is made; for the plans an
# index of the same shape is enough.
_WITHOUT_EXCLUSION = """
ALTER TABLE slots DROP CONSTRAINT slots_overlap_excl;
ALTER TABLE appointments DROP CONSTRAINT appointments_overlap_excl;
CREATE INDEX slots_overlap_excl ON slots
    USING gist (uuidrange(provider_id, provider_id, '[]'), during) WHERE is_open;
CREATE INDEX appointments_overlap_excl ON appointments
    USING gist (uuidrange(provider_id, provider_id, '[]'), during) WHERE is_live;
"""

_CATALOGUE = f"""
INSERT INTO facilities (id, name, timezone)
SELECT pg_temp.key({FACILITY}, n), 'Facility ' || n, 'Europe/Berlin'
FROM generate_series(0, 19) AS n;

INSERT INTO services (id, title, duration_minutes, price_cents, currency, free_until_hours)
SELECT pg_temp.key({SERVICE}, n), 'Service ' || n, 30, 5000, 'EUR', 24
FROM generate_series(0, 39) AS n;

INSERT INTO providers (id, name, timezone)
SELECT pg_temp.key({PROVIDER}, n), 'Provider ' || n, 'Europe/Berlin'
FROM generate_series(0, {PROVIDERS - 1}) AS n;

INSERT INTO provider_facilities
SELECT pg_temp.key({PROVIDER}, n), pg_temp.key({FACILITY}, n % 20)
FROM generate_series(0, {PROVIDERS - 1}) AS n;

INSERT INTO provider_services
SELECT pg_temp.key({PROVIDER}, n), pg_temp.key({SERVICE}, s)
FROM generate_series(0, {PROVIDERS - 1}) AS n CROSS JOIN generate_series(0, 39) AS s
WHERE (n + s) % 4 = 0;

INSERT INTO schedules (provider_id, slot_minutes)
SELECT id, 30 FROM providers;

INSERT INTO users (id, email, password_hash, role, name, phone, access_changed_at)
SELECT pg_temp.key({USER}, n), 'client' || n || '@mail' || n % 50 || '.test', 'x', 'client',
       (ARRAY['Anna', 'Ben', 'Chris', 'Dora', 'Emil', 'Frida', 'Gabi', 'Hugo'])[1 + n % 8]
           || ' Surname' || n / 20,
       '+49 30 ' || 1000000 + n, clock_timestamp() - interval '1 day'
FROM generate_series(0, {USERS - 1}) AS n;
UPDATE users SET entered_by = pg_temp.key({USER}, 5) WHERE id > pg_temp.key({USER}, {USERS - 200});
SELECT fill_user_search();
"""

_CALENDAR = f"""
INSERT INTO slots (id, provider_id, facility_id, start_at, end_at, status, held_until,
                   reservation_id, appointment_id, audit_hash)
SELECT pg_temp.key({SLOT}, n), pg_temp.key({PROVIDER}, provider),
       pg_temp.key({FACILITY}, provider % 20),
       begins, begins + interval '30 minutes', status::slot_status,
       CASE status WHEN 'held' THEN clock_timestamp()
           + CASE WHEN n % 200 < 100 THEN interval '1 day' ELSE interval '-1 day' END END,
       CASE status WHEN 'held' THEN pg_temp.key({RESERVATION}, n) END,
       CASE status WHEN 'booked' THEN pg_temp.key({SLOT}, n) END, pg_temp.noise(n)
FROM generate_series(0, {SLOTS - 1}) AS n
CROSS JOIN LATERAL (
    SELECT n / {PROVIDERS * SLOTS_A_DAY} AS day, n / {SLOTS_A_DAY} % {PROVIDERS} AS provider
) AS d
CROSS JOIN LATERAL (
    SELECT date_trunc('day', now()) + (day - {TODAY}) * interval '1 day'
               + interval '6 hours' + n % {SLOTS_A_DAY} * interval '30 minutes',
           CASE WHEN n % 5 <> 0 THEN 'booked' WHEN n % 100 = 0 THEN 'held'
                WHEN n % 100 = 50 THEN 'blocked' ELSE 'available' END
) AS s (begins, status);

INSERT INTO reservations (id, slot_id, provider_id, service_id, user_id, created_by, status,
                          ttl_seconds, created_at, expires_at, closed_at, price_cents, currency,
                          duration_minutes, free_until_hours, no_show_fee_cents)
SELECT pg_temp.key({RESERVATION}, n), s.id, s.provider_id, pg_temp.key({SERVICE}, 0),
       pg_temp.key({USER}, n % {USERS}), pg_temp.key({USER}, n % {USERS}),
       CASE s.status WHEN 'held' THEN 'live' ELSE 'used' END::reservation_status, 120,
       clock_timestamp() - interval '2 days',
       coalesce(s.held_until, clock_timestamp() - interval '1 day'),
       CASE s.status WHEN 'held' THEN NULL ELSE clock_timestamp() END, 5000, 'EUR', 30, 24, 5000
FROM generate_series(0, {SLOTS - 1}) AS n
JOIN slots AS s ON s.id = pg_temp.key({SLOT}, n)
WHERE s.status IN ('held', 'booked') AND n % 2 = 0;

INSERT INTO reservations (id, slot_id, provider_id, service_id, user_id, created_by, status,
                          extensions, ttl_seconds, created_at, expires_at, closed_at)
SELECT pg_temp.key({RESERVATION}, {SLOTS} + n), s.id, s.provider_id, pg_temp.key({SERVICE}, 0),
       client, client, 'released', 2, 120, at, at + interval '6 minutes', at + interval '5 minutes'
FROM generate_series(0, {RELEASED - 1}) AS n
JOIN slots AS s ON s.id = pg_temp.key({SLOT}, n * 5)
CROSS JOIN LATERAL (
    SELECT pg_temp.key({USER}, CASE n % 10 WHEN 0 THEN {REGULAR} ELSE n END),
           clock_timestamp() - (n / 10 + 1) * interval '25 minutes'
) AS h (client, at);

INSERT INTO appointments (
    id, user_id, provider_id, facility_id, service_id, slot_id, start_at, end_at, status,
    price_cents, currency, free_until_hours, no_show_fee_cents, audit_hash)
SELECT s.appointment_id, pg_temp.key({USER}, CASE n % 97 WHEN 0 THEN {REGULAR}
           ELSE n * 7919 % {USERS} END),
       s.provider_id, s.facility_id,
       pg_temp.key({SERVICE}, 0), s.id, s.start_at, s.end_at,
       CASE WHEN s.start_at < now() AND n % 1000 <> 111 THEN 'completed' ELSE 'confirmed'
           END::appointment_status,
       5000, 'EUR', 24, 0, pg_temp.noise(n)
FROM generate_series(0, {SLOTS - 1}) AS n
JOIN slots AS s ON s.id = pg_temp.key({SLOT}, n)
WHERE s.status = 'booked'
ORDER BY n;

INSERT INTO appointments (
    id, user_id, provider_id, service_id, start_at, end_at, status, priority, price_cents,
    currency, free_until_hours, no_show_fee_cents, created_at, deleted_at, audit_hash)
SELECT pg_temp.key({REQUEST}, n), pg_temp.key({USER}, n * 13 % {USERS}),
       pg_temp.key({PROVIDER}, n % {PROVIDERS}), pg_temp.key({SERVICE}, 0),
       begins, begins + interval '30 minutes', 'requested',
       (ARRAY['urgent', 'vip', 'normal', 'normal', 'normal'])[1 + n / 7 % 5]::appointment_priority,
       5000, 'EUR', 24, 0, clock_timestamp() - n % 9973 * interval '1 minute',
       CASE WHEN n % 10 = 9 THEN clock_timestamp() END, pg_temp.noise(n)
FROM generate_series(0, {REQUESTS - 1}) AS n
CROSS JOIN LATERAL (
    SELECT date_trunc('day', now()) + n % 24 * interval '1 day' + n % 20 * interval '1 hour'
) AS s (begins);

INSERT INTO appointments (
    id, user_id, provider_id, facility_id, service_id, start_at, end_at, status, price_cents,
    currency, free_until_hours, no_show_fee_cents, fee_cents, refund_cents, audit_hash)
SELECT pg_temp.key({FREED}, n), pg_temp.key({USER}, n * 17 % {USERS}),
       pg_temp.key({PROVIDER}, n % {PROVIDERS}), pg_temp.key({FACILITY}, n % 20),
       pg_temp.key({SERVICE}, 0), begins, begins + interval '30 minutes',
       CASE WHEN n < {CANCELLED} THEN 'cancelled' ELSE 'no_show' END::appointment_status,
       5000, 'EUR', 24, 0, 0, 5000, pg_temp.noise(n)
FROM generate_series(0, {CANCELLED + MISSED - 1}) AS n
CROSS JOIN LATERAL (
    SELECT date_trunc('day', now()) - n % 25 * interval '1 day' + n % 20 * interval '1 hour'
) AS s (begins);
"""

_HISTORY = f"""
INSERT INTO appointment_audit
SELECT a.id, a.id, v, CASE v WHEN 1 THEN 'created' ELSE 'updated' END, a.user_id, 'user', 'Anna',
       now() - interval '60 days' + v * interval '1 hour'
           + ('x' || right(a.id::text, 6))::bit(24)::integer % 43200 * interval '1 minute',
       NULL, a.status, NULL,
       CASE WHEN v > 1 OR a.id <> pg_temp.key({SLOT}, {SLOTS - 1})
           THEN jsonb_build_object('notes', jsonb_build_object('from', NULL, 'to', v))
           ELSE appointment_changes(NULL, a)::jsonb END,
       CASE v WHEN 1 THEN NULL ELSE a.audit_hash END, a.audit_hash
FROM appointments AS a
CROSS JOIN LATERAL generate_series(
    1, CASE WHEN a.id = pg_temp.key({SLOT}, {SLOTS - 1}) THEN 200 ELSE 1 END) AS v;

INSERT INTO slot_audit
SELECT s.id, s.id, v, CASE v WHEN 1 THEN 'published' ELSE 'changed' END, NULL, 'system',
       'Holdfast', now() - interval '30 days' + v * interval '1 hour', NULL, s.status, NULL, '{{}}',
       CASE v WHEN 1 THEN NULL ELSE s.audit_hash END, s.audit_hash
FROM slots AS s
CROSS JOIN LATERAL generate_series(
    1, CASE WHEN s.id = pg_temp.key({SLOT}, {SLOTS - 1}) THEN 200 ELSE 1 END) AS v;
"""

_AROUND = f"""
INSERT INTO appointment_comments (id, appointment_id, author_id, body, created_at)
SELECT pg_temp.key({OTHER}, n),
       pg_temp.key({SLOT}, CASE WHEN n < 500 THEN {SLOTS - 1} ELSE n / 2 * 5 + 1 END),
       pg_temp.key({USER}, 1), 'A word', clock_timestamp() - n * interval '1 second'
FROM generate_series(0, 59999) AS n;

INSERT INTO appointment_shares (id, appointment_id, secret_hash, created_by, revoked_at)
SELECT pg_temp.key({OTHER}, n), pg_temp.key({SLOT}, n / 2 * 5 + 1), pg_temp.noise(n),
       pg_temp.key({USER}, 1), CASE WHEN n % 3 = 0 THEN clock_timestamp() END
FROM generate_series(0, 29999) AS n;

INSERT INTO calendar_feeds (id, user_id, provider_id, detail, secret_hash)
SELECT pg_temp.key({OTHER}, n), pg_temp.key({USER}, n), NULL, 'full', pg_temp.noise(n)
FROM generate_series(0, 39999) AS n;

INSERT INTO edit_locks (appointment_id, version, user_id, user_name, user_email, acquired_at,
                        expires_at)
SELECT pg_temp.key({SLOT}, n * 5 + 1), 3, CASE WHEN held THEN pg_temp.key({USER}, 2) END,
       CASE WHEN held THEN 'Anna' END, CASE WHEN held THEN 'anna@mail.test' END,
       CASE WHEN held THEN clock_timestamp() - n * interval '1 second' END,
       CASE WHEN held THEN clock_timestamp()
           + CASE WHEN n % 400 = 0 THEN interval '-1 minute' ELSE interval '1 day' END END
FROM generate_series(0, 29999) AS n CROSS JOIN LATERAL (SELECT n % 200 = 0) AS h (held);

INSERT INTO edit_lock_history (id, appointment_id, user_id, user_name, user_email, action, at,
                               duration_seconds, lock_version)
SELECT pg_temp.key({OTHER}, n),
       pg_temp.key({SLOT}, CASE WHEN n < 500 THEN {SLOTS - 1} ELSE n / 2 * 5 + 1 END),
       pg_temp.key({USER}, 2), 'Anna', 'anna@mail.test',
       CASE n % 2 WHEN 0 THEN 'acquired' ELSE 'released' END,
       clock_timestamp() - (60000 - n) * interval '1 minute', 60, 1
FROM generate_series(0, 59999) AS n;

INSERT INTO idempotency_records (user_id, key, fingerprint, status, headers, body, created_at,
                                 expires_at)
SELECT pg_temp.key({USER}, n % {USERS}), 'key-' || n, pg_temp.noise(n), 201, '{{}}', '\\x7b7d', at,
       at + interval '8 days'
FROM generate_series(0, 59999) AS n
CROSS JOIN LATERAL (SELECT clock_timestamp() - n % 11520 * interval '1 minute') AS c (at);

INSERT INTO outbox (at, topic, key, type, payload, position)
SELECT now() - (60000 - n) * interval '10 seconds', 'bookings',
       pg_temp.key({SLOT}, n % {SLOTS}), 'booking.updated', '{{}}', n
FROM generate_series(1, 60000) AS n;
UPDATE relay SET position = 60000;

INSERT INTO channels (name, sequence)
SELECT 'appointment.' || pg_temp.key({SLOT}, n * 5 + 1), 2 FROM generate_series(0, 29999) AS n;
INSERT INTO channel_events (channel, sequence, type, payload, at)
SELECT 'appointment.' || pg_temp.key({SLOT}, n / 2 * 5 + 1), n % 2 + 1, 'booking.updated', '{{}}',
       now() - (60000 - n) * interval '1 second'
FROM generate_series(0, 59999) AS n;
"""

_ACCOUNTS = f"""
INSERT INTO user_actions (id, user_id, at, action, status)
SELECT pg_temp.key({OTHER}, n), pg_temp.key({USER}, CASE WHEN n % 100 = 0 THEN {REGULAR}
           ELSE n % {USERS} END),
       now() - (100000 - n) * interval '1 minute', 'appointments.book', 201
FROM generate_series(0, 99999) AS n;

INSERT INTO sign_ins (id, user_id, kind, secret_hash, expires_at, ended_at)
SELECT pg_temp.key({OTHER}, n), pg_temp.key({USER}, n % {USERS}),
       CASE WHEN n < 6000 THEN 'tokens' ELSE 'cookie' END,
       CASE WHEN n >= 6000 THEN pg_temp.noise(n) END, now() + (n % 30 + 1) * interval '1 day',
       CASE WHEN n % 3 = 0 THEN now() - (n + 100) * interval '1 second' END
FROM generate_series(0, 35999) AS n;

INSERT INTO refresh_tokens (id, family_id, user_id, token_hash, expires_at)
SELECT pg_temp.key({OTHER}, n), pg_temp.key({OTHER}, n / 10), pg_temp.key({USER}, n / 10 % {USERS}),
       pg_temp.noise(n), now() + (n % 30 + 1) * interval '1 day'
FROM generate_series(0, 59999) AS n;

INSERT INTO password_resets (secret_hash, user_id, expires_at)
SELECT pg_temp.noise(n), pg_temp.key({USER}, n % {USERS}),
       now() + (n % 60 + 10) * interval '1 minute'
FROM generate_series(0, 9999) AS n;

INSERT INTO sign_in_failures (account, address, hits, expires_at)
SELECT pg_temp.noise(n / 2), '10.0.' || n / 256 || '.' || n % 256, 1,
       now() + (n % 60 + 10) * interval '1 minute'
FROM generate_series(0, 29999) AS n;

INSERT INTO throttle_windows (key, hits, expires_at)
SELECT 'shared:10.0.' || n / 256 || '.' || n % 256, 1, now() + (n % 60 + 10) * interval '1 minute'
FROM generate_series(0, 29999) AS n;
"""

_DELIVERIES = f"""
INSERT INTO lanes (id, channel)
VALUES ('smtp', 'email'), ('sms', 'sms'), ('webhook:' || pg_temp.key({OTHER}, 1), 'webhook');

INSERT INTO deliveries (id, channel, purpose, state, reason, lane, user_id, endpoint_id,
                        appointment_id, position, due_at, expires_at, created_at, sent_at,
                        settled_at)
SELECT pg_temp.key({OTHER}, n), channel, purpose, state,
       CASE state WHEN 'suppressed' THEN 'preference' END,
       CASE channel WHEN 'email' THEN 'smtp' WHEN 'sms' THEN 'sms'
           ELSE 'webhook:' || pg_temp.key({OTHER}, 1) END,
       CASE WHEN channel <> 'webhook' THEN pg_temp.key({USER}, CASE WHEN n % 50 = 0 THEN {REGULAR}
           ELSE n % {USERS} END) END,
       CASE WHEN channel = 'webhook' THEN pg_temp.key({OTHER}, 1) END,
       pg_temp.key({SLOT}, CASE WHEN n < 500 THEN {SLOTS - 1} ELSE n % 9000 * 5 + 1 END),
       n, at, at + interval '1 day', at, CASE WHEN state = 'sent' THEN at END,
       CASE WHEN state <> 'pending' THEN at END
FROM generate_series(1, {DELIVERIES}) AS n
CROSS JOIN LATERAL (
    SELECT (ARRAY['email', 'sms', 'webhook'])[1 + n % 3],
           CASE WHEN n % 3 = 2 THEN 'event' WHEN n % 700 = 0 THEN 'no_show'
               ELSE (ARRAY['confirmed', 'reminder', 'cancelled'])[1 + n % 7 % 3] END,
           CASE WHEN n % 1000 < 5 THEN 'dead' WHEN n % 11 = 0 THEN 'suppressed'
               WHEN n > {DELIVERIES - 300} THEN 'pending' ELSE 'sent' END,
           now() - ({DELIVERIES} - n) * interval '1 minute'
) AS d (channel, purpose, state, at);

INSERT INTO delivery_attempts (delivery_id, number, started_at, ended_at, outcome)
SELECT id, 1, created_at, created_at, 'sent' FROM deliveries WHERE state = 'sent';
"""


def fill(superuser_url: str) -> None:
    """Fill a migrated database. Its triggers would make this minutes long, so they rest."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(_PREPARE)
        connection.execute(_WITHOUT_EXCLUSION)
        with _without_triggers(connection), _without_indexes(connection):
            for script in (_CATALOGUE, _CALENDAR, _HISTORY, _AROUND, _ACCOUNTS, _DELIVERIES):
                connection.execute(script.encode())
        connection.execute("SET session_replication_role = origin")
        connection.execute("VACUUM ANALYZE")


@contextmanager
def _without_triggers(connection: psycopg.Connection) -> Iterator[None]:
    """Those that are always enabled have to be disabled by name; one fills a column."""
    rows = connection.execute(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger "
        "WHERE tgenabled = 'A' AND tgname <> 'appointments_free_until'"
    ).fetchall()
    for relation, name in rows:
        connection.execute(f"ALTER TABLE {relation} DISABLE TRIGGER {name}".encode())
    yield
    for relation, name in rows:
        connection.execute(f"ALTER TABLE {relation} ENABLE ALWAYS TRIGGER {name}".encode())


@contextmanager
def _without_indexes(connection: psycopg.Connection) -> Iterator[None]:
    """Making an index of all rows at the end is faster than keeping it row by row."""
    rows = connection.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index AS i "
        "JOIN pg_class AS c ON c.oid = i.indrelid "
        "WHERE c.relnamespace = 'public'::regnamespace AND NOT EXISTS ("
        "SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid)"
    ).fetchall()
    for name, _ in rows:
        connection.execute(f"DROP INDEX {name}".encode())
    yield
    for _, definition in rows:
        connection.execute(definition.encode())
