"""Very many live reservations, made by SQL, with the history that triggers would have written."""

from datetime import datetime
from typing import Any, LiteralString, cast

from psycopg import Connection

from bench.bulk import without_triggers
from bench.rows import AUDIT, RESERVATION, SERVICE, SLOT, USER, sql_id
from bench.world import World

EACH_USER = 100  # more than the API allows one, and nobody that is measured is one of them
BATCH = 10_000
_MAKE = cast(
    LiteralString,
    f"""
WITH wanted AS (
    SELECT number, {sql_id(SLOT, "number")} AS slot_id,
           {sql_id(RESERVATION, f"{10**12} + number")} AS reservation_id,
           {sql_id(AUDIT, f"{10**12} + number")} AS audit_id,
           {sql_id(USER, f"{10**12} + place / {EACH_USER}")} AS user_id
    FROM unnest(%(numbers)s::bigint[], %(places)s::bigint[]) AS n (number, place)
), e AS MATERIALIZED (
    SELECT c.*, entry_hash(ROW(
        audit_id, slot_id, 2, 'held', user_id, 'user', 'Holder', at, 'available', 'held',
        NULL::text, NULL::jsonb, previous_hash, NULL::bytea)::slot_audit, changes) AS hash
    FROM (
        SELECT w.*, s.provider_id, s.audit_hash AS previous_hash, clock_timestamp() AS at,
               '{{"heldUntil":{{"from":null,"to":"' || wire_time(%(expires_at)s)
               || '"}},"status":{{"from":"available","to":"held"}}}}' AS changes
        FROM wanted AS w JOIN slots AS s ON s.id = w.slot_id
        OFFSET 0
    ) AS c
), reserved AS (
    INSERT INTO reservations (id, slot_id, provider_id, service_id, user_id, created_by, status,
                              ttl_seconds, created_at, expires_at, price_cents, currency,
                              duration_minutes, free_until_hours, no_show_fee_cents)
    SELECT reservation_id, slot_id, provider_id, {sql_id(SERVICE, "0")}, user_id, user_id, 'live',
           120, at, %(expires_at)s, 5000, 'EUR', 30, 24, 5000
    FROM e
), recorded AS (
    INSERT INTO slot_audit (id, slot_id, version, action, actor_id, actor_type, actor_name, at,
                            previous_status, new_status, changes, previous_hash, hash)
    SELECT audit_id, slot_id, 2, 'held', user_id, 'user', 'Holder', at, 'available', 'held',
           changes::jsonb, previous_hash, hash
    FROM e
)
UPDATE slots AS s
SET status = 'held', held_until = %(expires_at)s, reservation_id = e.reservation_id, version = 2,
    audit_hash = e.hash, updated_at = e.at
FROM e WHERE s.id = e.slot_id
""",
)
_USERS = cast(
    LiteralString,
    f"""
INSERT INTO users (id, email, password_hash, name)
SELECT {sql_id(USER, f"{10**12} + n")}, 'holder' || n || '@example.test', 'x', 'Holder'
FROM generate_series(0, %(count)s / {EACH_USER}) AS n
""",
)


def make(
    connection: Connection[tuple[Any, ...]], world: World, count: int, expires_at: datetime
) -> None:
    """Hold so many free slots until that moment."""
    slots = [slot.int & (1 << 64) - 1 for _, slot in world.next_slots(count)]
    connection.execute(_USERS, {"count": count})
    with without_triggers(connection, ("slots", "slot_audit")):
        for first in range(0, count, BATCH):
            numbers = slots[first : first + BATCH]
            places = list(range(first, first + len(numbers)))
            names = {"numbers": numbers, "places": places, "expires_at": expires_at}
            connection.execute(_MAKE, names)
    connection.execute("ANALYZE slots, reservations")


def are_left(connection: Connection[tuple[Any, ...]], expires_at: datetime) -> bool:
    """Whether one of them has not been swept up yet."""
    row = connection.execute(
        "SELECT FROM reservations WHERE status = 'live' AND expires_at = %s LIMIT 1", [expires_at]
    ).fetchone()
    return row is not None
