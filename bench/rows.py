"""The statements that load Holdfast's tables, and how ids are told from numbers.

They write what the triggers would have written for rows that came into being as they are, as if
taken over from elsewhere: one audit entry for each slot and each appointment, with a hash that is
right (`holdfast verify` accepts it). The members of `changes` come in the order of canonical JSON.
"""

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


def _set(field: str, value: str, *, is_text: bool = True) -> str:
    """A member of `changes`: the field was nothing and is now this SQL expression."""
    quote = '"' if is_text else ""
    return f"""'"{field}":{{"from":null,"to":{quote}' || {value} || '{quote}}}'"""


def _changes(*members: str) -> str:
    """A member that is NULL is left out."""
    return f"'{{' || concat_ws(',', {', '.join(members)}) || '}}'"


# OFFSET 0: each level is computed once, however often the next one uses it.
_SLOTS = f"""
SELECT s.*,
       start_at + interval '30 minutes' AS end_at, start_at - interval '40 days' AS at,
       CASE WHEN is_booked THEN 'booked' ELSE 'available' END AS status
FROM (
    SELECT n, p, j, {sql_id(SLOT, "n")} AS slot_id, {sql_id(APPOINTMENT, "n")} AS appointment_id,
           {sql_id(PROVIDER, "p")} AS provider_id,
           {sql_id(FACILITY, f"p %% {PLACES}")} AS facility_id,
           {sql_id(SERVICE, "0")} AS service_id,
           %(first_user)s + n * 7919 %% %(users)s AS user_number,
           j < {PAST_SLOTS} AS is_past, j < {PAST_SLOTS} OR j %% 8 = 0 AS is_booked,
           %(base)s + (j / {SLOTS_A_DAY}) * interval '1 day' + interval '8 hours'
               + (j %% {SLOTS_A_DAY}) * interval '30 minutes' AS start_at
    FROM (
        SELECT n, n / {SLOTS} AS p, (n %% {SLOTS})::integer AS j
        FROM generate_series(%(low)s::bigint * {SLOTS}, %(high)s::bigint * {SLOTS} - 1) AS n
    ) AS numbered
    OFFSET 0
) AS s
OFFSET 0
"""
_SLOT_CHANGES = _changes(
    f"CASE WHEN is_booked THEN {_set('appointmentId', 'appointment_id')} END",
    _set("end", "wire_time(end_at)"),
    _set("facilityId", "facility_id"),
    _set("providerId", "provider_id"),
    _set("start", "wire_time(start_at)"),
    _set("status", "status"),
)
_VISIT_CHANGES = _changes(
    _set("currency", "'EUR'"),
    _set("end", "wire_time(end_at)"),
    _set("facilityId", "facility_id"),
    f"CASE WHEN is_cancelled THEN {_set('feeCents', '0', is_text=False)} END",
    _set("feeWaived", "'false'", is_text=False),
    _set("freeUntilHours", "24", is_text=False),
    _set("lateFeePercent", "50", is_text=False),
    _set("noShowFeeCents", "0", is_text=False),
    _set("priceCents", "5000", is_text=False),
    _set("priority", "'normal'"),
    _set("providerId", "provider_id"),
    f"CASE WHEN is_cancelled THEN {_set('refundCents', '5000', is_text=False)} END",
    _set("serviceId", "service_id"),
    f"CASE WHEN NOT is_cancelled THEN {_set('slotId', 'slot_id')} END",
    _set("start", "wire_time(start_at)"),
    _set("status", "status"),
    _set("userId", "user_id"),
)

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
# The sign-in of each has the id of the user.
LOAD_SIGN_INS = cast(
    LiteralString,
    f"""
INSERT INTO sign_ins (id, user_id, kind, expires_at)
SELECT {sql_id(USER, "n")}, {sql_id(USER, "n")}, 'tokens', now() + interval '30 days'
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
WITH e AS MATERIALIZED (
    SELECT c.*, entry_hash(ROW(
        audit_id, slot_id, 1, 'published', NULL::uuid, 'system', 'Holdfast', at, NULL::text, status,
        NULL::text, NULL::jsonb, NULL::bytea, NULL::bytea)::slot_audit, changes) AS hash
    FROM (
        SELECT s.*, {sql_id(AUDIT, "3 * n")} AS audit_id, {_SLOT_CHANGES} AS changes
        FROM ({_SLOTS}) AS s
        OFFSET 0
    ) AS c
), made AS (
    INSERT INTO slots (id, provider_id, facility_id, start_at, end_at, status, appointment_id,
                       audit_hash, created_at, updated_at)
    SELECT slot_id, provider_id, facility_id, start_at, end_at, status::slot_status,
           CASE WHEN is_booked THEN appointment_id END, hash, at, at
    FROM e
)
INSERT INTO slot_audit (id, slot_id, version, action, actor_type, actor_name, at, new_status,
                        changes, hash)
SELECT audit_id, slot_id, 1, 'published', 'system', 'Holdfast', at, status, changes::jsonb, hash
FROM e
""",
)
LOAD_VISITS = cast(
    LiteralString,
    f"""
WITH e AS MATERIALIZED (
    SELECT c.*, entry_hash(ROW(
        audit_id, id, 1, 'created', user_id, 'user', user_name, at, NULL::text, status,
        NULL::text, NULL::jsonb, NULL::bytea, NULL::bytea, NULL::text)::appointment_audit, changes)
        AS hash
    FROM (
        SELECT v.*, {_VISIT_CHANGES} AS changes
        FROM (
            SELECT n, slot_id, provider_id, facility_id, service_id, start_at, end_at, at,
                   is_cancelled, {sql_id(USER, "user_number")} AS user_id,
                   'Client ' || user_number AS user_name,
                   {sql_id(AUDIT, "3 * n + 1 + is_cancelled::integer")} AS audit_id,
                   CASE WHEN is_cancelled THEN {sql_id(CANCELLED, "n")}
                        ELSE appointment_id END AS id,
                   CASE WHEN is_cancelled THEN 'cancelled' WHEN is_past THEN 'completed'
                        ELSE 'confirmed' END AS status
            FROM ({_SLOTS}) AS s
            CROSS JOIN (VALUES (false), (true)) AS c (is_cancelled)
            WHERE is_past OR (is_booked AND NOT is_cancelled)
            OFFSET 0
        ) AS v
        OFFSET 0
    ) AS c
), made AS (
    INSERT INTO appointments (
        id, user_id, provider_id, facility_id, service_id, slot_id, start_at, end_at, status,
        price_cents, currency, free_until_hours, late_fee_percent, no_show_fee_cents,
        refundable_until, fee_cents, refund_cents, audit_hash, created_at, updated_at)
    SELECT id, user_id, provider_id, facility_id, service_id,
           CASE WHEN NOT is_cancelled THEN slot_id END, start_at, end_at,
           status::appointment_status, 5000, 'EUR', 24, 50, 0, start_at - interval '24 hours',
           CASE WHEN is_cancelled THEN 0 END,
           CASE WHEN is_cancelled THEN 5000 END, hash, at, at
    FROM e
)
INSERT INTO appointment_audit (id, appointment_id, version, action, actor_id, actor_type,
                               actor_name, at, new_status, changes, hash)
SELECT audit_id, id, 1, 'created', user_id, 'user', user_name, at, status, changes::jsonb, hash
FROM e
""",
)
# Each booked slot was held once before by somebody who let it run out.
LOAD_RESERVATIONS = cast(
    LiteralString,
    f"""
INSERT INTO reservations (id, slot_id, provider_id, service_id, user_id, created_by, status,
                          ttl_seconds, created_at, expires_at, closed_at)
SELECT {sql_id(RESERVATION, "n")}, slot_id, provider_id, service_id,
       {sql_id(USER, "user_number")}, {sql_id(USER, "user_number")}, 'expired', 120,
       at, at + interval '2 minutes', at + interval '3 minutes'
FROM ({_SLOTS}) AS s
WHERE is_booked
""",
)
