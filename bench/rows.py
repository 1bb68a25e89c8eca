"""The statements that load Holdfast's tables, and how ids are told from numbers."""

from typing import LiteralString, cast
from uuid import UUID

USER, PROVIDER, FACILITY, SERVICE, SLOT, APPOINTMENT, CANCELLED, AUDIT, RESERVATION = range(1, 10)
SLOTS = 1024
PAST_SLOTS = 512
SLOTS_A_DAY = 16
FREE_SLOTS = 448
USERS = 128  # for each provider
PLACES = 20  # facilities, and services


def row_id(kind: int, number: int) -> UUID:
    """The id of a row by its number."""
    return UUID(int=(kind << 96) | number)


def sql_id(kind: int, number: str) -> LiteralString:
    """The same as an SQL expression."""
    text = f"lpad(to_hex({kind}), 8, '0') || lpad(to_hex(({number})::bigint), 24, '0')"
    return cast(LiteralString, f"({text})::uuid")


_START = "%(base)s + (s.j / 16) * interval '1 day' + interval '8 hours' " + (
    "+ (s.j %% 16) * interval '30 minutes'"
)
# Each with its number n, its provider p and its place j there.
_EACH_SLOT = (
    "(SELECT n, n / 1024 AS p, (n %% 1024)::integer AS j "
    "FROM generate_series(%(low)s::bigint * 1024, %(high)s::bigint * 1024 - 1) AS n) AS s"
)
_SOME_USER = sql_id(USER, "%(first_user)s + s.n * 7919 %% %(users)s")

LOAD_BASE = f"""
INSERT INTO facilities (id, name, timezone)
SELECT {sql_id(FACILITY, "n")}, 'Facility ' || n, 'UTC'
FROM generate_series(0, {PLACES - 1}) AS n;
INSERT INTO services (id, title, duration_minutes, price_cents, currency, free_until_hours,
                      late_fee_percent)
SELECT {sql_id(SERVICE, "n")}, 'Service ' || n, 30, 5000, 'EUR', 24, 50
FROM generate_series(0, {PLACES - 1}) AS n;
"""
LOAD_USERS = cast(
    LiteralString,
    f"""
INSERT INTO users (id, email, password_hash, name, access_changed_at)
SELECT {sql_id(USER, "n")}, 'client' || n || '@example.test', 'x', 'Client ' || n,
       now() - interval '1 day'
FROM generate_series(%(low)s::bigint * {USERS}, %(high)s::bigint * {USERS} - 1) AS n
""",
)
LOAD_PROVIDERS = cast(
    LiteralString,
    f"""
WITH made AS (
    INSERT INTO providers (id, name, timezone)
    SELECT {sql_id(PROVIDER, "n")}, 'Provider ' || n, 'UTC'
    FROM generate_series(%(low)s::bigint, %(high)s::bigint - 1) AS n
), places AS (
    INSERT INTO provider_facilities
    SELECT {sql_id(PROVIDER, "n")}, {sql_id(FACILITY, f"n %% {PLACES}")}
    FROM generate_series(%(low)s::bigint, %(high)s::bigint - 1) AS n
)
INSERT INTO provider_services
SELECT {sql_id(PROVIDER, "n")}, {sql_id(SERVICE, "0")}
FROM generate_series(%(low)s::bigint, %(high)s::bigint - 1) AS n
""",
)
LOAD_SLOTS = cast(
    LiteralString,
    f"""
INSERT INTO slots (id, provider_id, facility_id, start_at, end_at, status, appointment_id,
                   audit_hash)
SELECT {sql_id(SLOT, "s.n")}, {sql_id(PROVIDER, "s.p")}, {sql_id(FACILITY, f"s.p %% {PLACES}")},
       {_START}, {_START} + interval '30 minutes',
       CASE WHEN s.j < {PAST_SLOTS} OR s.j %% 8 = 0 THEN 'booked' ELSE 'available' END::slot_status,
       CASE WHEN s.j < {PAST_SLOTS} OR s.j %% 8 = 0 THEN {sql_id(APPOINTMENT, "s.n")} END,
       sha256(int8send(s.n))
FROM {_EACH_SLOT}
""",
)
LOAD_VISITS = cast(
    LiteralString,
    f"""
INSERT INTO appointments (
    id, user_id, provider_id, facility_id, service_id, slot_id, start_at, end_at, status,
    price_cents, currency, free_until_hours, late_fee_percent, no_show_fee_cents, fee_cents,
    refund_cents, audit_hash)
SELECT CASE WHEN c.cancelled THEN {sql_id(CANCELLED, "s.n")} ELSE {sql_id(APPOINTMENT, "s.n")} END,
       {_SOME_USER}, {sql_id(PROVIDER, "s.p")}, {sql_id(FACILITY, f"s.p %% {PLACES}")},
       {sql_id(SERVICE, "0")},
       CASE WHEN NOT c.cancelled THEN {sql_id(SLOT, "s.n")} END,
       {_START}, {_START} + interval '30 minutes',
       CASE WHEN c.cancelled THEN 'cancelled' WHEN s.j < {PAST_SLOTS} THEN 'completed'
            ELSE 'confirmed' END::appointment_status,
       5000, 'EUR', 24, 50, 0,
       CASE WHEN c.cancelled THEN 0 END, CASE WHEN c.cancelled THEN 5000 END,
       sha256(int8send(s.n))
FROM {_EACH_SLOT}
CROSS JOIN (VALUES (false), (true)) AS c (cancelled)
WHERE s.j < {PAST_SLOTS} OR (s.j %% 8 = 0 AND NOT c.cancelled)
""",
)
LOAD_RESERVATIONS = cast(
    LiteralString,
    f"""
INSERT INTO reservations (id, slot_id, provider_id, service_id, user_id, created_by, status,
                          ttl_seconds, created_at, expires_at, closed_at)
SELECT {sql_id(RESERVATION, "s.n")}, {sql_id(SLOT, "s.n")}, {sql_id(PROVIDER, "s.p")},
       {sql_id(SERVICE, "0")}, {_SOME_USER}, {_SOME_USER}, 'used', 120,
       now() - interval '2 minutes', now(), now() - interval '1 minute'
FROM {_EACH_SLOT}
WHERE s.j < {PAST_SLOTS} OR s.j %% 8 = 0
""",
)
LOAD_HISTORY = cast(
    LiteralString,
    f"""
WITH of_slots AS (
    INSERT INTO slot_audit (id, slot_id, version, action, actor_type, actor_name, at, new_status,
                            changes, hash)
    SELECT {sql_id(AUDIT, "3 * s.n")}, {sql_id(SLOT, "s.n")}, 1, 'published', 'system', 'Holdfast',
           now(), 'available', '{{"status": {{"from": null, "to": "available"}},
           "facilityId": {{"from": null, "to": "00000003-0000-0000-0000-000000000001"}}}}',
           sha256(int8send(s.n))
    FROM {_EACH_SLOT}
)
INSERT INTO appointment_audit (id, appointment_id, version, action, actor_type, actor_name, at,
                               new_status, changes, hash)
SELECT {sql_id(AUDIT, "3 * s.n + 1 + (a.slot_id IS NULL)::integer")}, a.id, 1, 'created', 'user',
       'Client', now(), 'confirmed',
       jsonb_build_object(
           'userId', jsonb_build_object('from', NULL, 'to', a.user_id),
           'providerId', jsonb_build_object('from', NULL, 'to', a.provider_id),
           'facilityId', jsonb_build_object('from', NULL, 'to', a.facility_id),
           'serviceId', jsonb_build_object('from', NULL, 'to', a.service_id),
           'start', jsonb_build_object('from', NULL, 'to', a.start_at),
           'end', jsonb_build_object('from', NULL, 'to', a.end_at),
           'status', jsonb_build_object('from', NULL, 'to', a.status),
           'priority', jsonb_build_object('from', NULL, 'to', 'normal'),
           'priceCents', jsonb_build_object('from', NULL, 'to', 5000)),
       sha256(int8send(s.n))
FROM {_EACH_SLOT}
JOIN appointments AS a ON a.id IN ({sql_id(APPOINTMENT, "s.n")}, {sql_id(CANCELLED, "s.n")})
""",
)
