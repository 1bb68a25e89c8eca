"""The statements of schedules and publishing, one function each."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from holdfast.catalogue.store import QUERIES
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one


async def schedule(connection: Connection, provider_id: UUID) -> Row | None:
    """-> document, version, updated_at (all None without a schedule); None: no such provider."""
    return await fetch_one(connection, QUERIES.schedule, {"provider_id": provider_id})


async def put_schedule(
    connection: Connection,
    actor: Actor,
    provider_id: UUID,
    precondition: Jsonb,
    schedule: dict[str, Any],
) -> Row:
    """-> outcome, document, version, updated_at, fields (names of bad ones, or None)."""
    row = await fetch_one(
        connection,
        QUERIES.put_schedule,
        {
            "actor": actor.as_parameter(),
            "provider_id": provider_id,
            "precondition": precondition,
            "schedule": Jsonb(schedule),
        },
    )
    assert row is not None
    return row


async def lock_schedule(connection: Connection, provider_id: UUID) -> Row:
    """-> timezone (None: no such provider), schedule (None: none), facility_ids, services, now."""
    row = await fetch_one(connection, QUERIES.lock_schedule, {"provider_id": provider_id})
    assert row is not None
    return row


async def publish_slots(
    connection: Connection, actor: Actor, provider_id: UUID, periods: list[dict[str, Any]]
) -> Row:
    """-> created, existing, skipped ([{start, reason}]).

    Args:
        periods: start, end, busyStart, busyEnd, facilityId, serviceId; times as `wire_time`.
    """
    row = await fetch_one(
        connection,
        QUERIES.publish_slots,
        {
            "actor": actor.as_parameter(),
            "provider_id": provider_id,
            "periods": Jsonb(periods),
        },
    )
    assert row is not None
    return row


async def scheduled_providers(connection: Connection, *, after_id: UUID, limit: int) -> list[UUID]:
    """Ids of active providers with a schedule, in order, after an id."""
    rows = await fetch_all(
        connection, QUERIES.scheduled_providers, {"after_id": after_id, "limit": limit}
    )
    return [row["id"] for row in rows]
