"""The statements of slots and availability, one function each."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from holdfast.kernel.actor import Actor
from holdfast.kernel.arrays import array
from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.slots")


async def alternatives(
    connection: Connection, provider_id: UUID, service_id: UUID | None, wanted: datetime
) -> list[dict[str, Any]]:
    """-> up to five timeslots, nearest first."""
    row = await fetch_one(
        connection,
        QUERIES.alternatives,
        {"provider_id": provider_id, "service_id": service_id, "wanted": wanted},
    )
    return (row["alternatives"] or []) if row else []


async def availability(
    connection: Connection,
    *,
    providers: Sequence[UUID],
    services: Sequence[UUID],
    first_days: Sequence[date],
    numbers: Sequence[int],
) -> list[Row]:
    """-> for each question, in order: body (the JSON text of the answer; None when the provider
    does not offer the service), state, valid_until.

    Args:
        numbers: how many days are asked for.
    """
    return await fetch_all(
        connection,
        QUERIES.availability,
        {
            "providers": array(providers),
            "services": array(services),
            "first_days": array(first_days),
            "numbers": array(numbers),
        },
    )


async def availability_unchanged(
    connection: Connection,
    *,
    providers: Sequence[UUID],
    services: Sequence[UUID],
    states: Sequence[str],
    valid_until: Sequence[datetime | None],
) -> list[bool]:
    """-> for each question, in order, whether its answer is still right."""
    rows = await fetch_all(
        connection,
        QUERIES.availability_unchanged,
        {
            "providers": array(providers),
            "services": array(services),
            "states": array(states),
            "valid_until": array(valid_until),
        },
    )
    return [row["is_unchanged"] for row in rows]


async def service_offered_anywhere(connection: Connection, service_id: UUID) -> bool:
    return (
        await fetch_one(connection, QUERIES.service_offered_anywhere, {"service_id": service_id})
        is not None
    )


async def free_timeslots(connection: Connection, parameters: dict[str, Any]) -> list[Row]:
    """-> rows of document, start_at, id.

    Args:
        parameters: service_id, to, facility_id, after_start, after_id, limit.
    """
    return await fetch_all(connection, QUERIES.free_timeslots, parameters)


async def next_timeslot(
    connection: Connection, provider_id: UUID, service_id: UUID, after: datetime | None
) -> Row | None:
    """-> timeslot (or null in it); None when the provider does not offer the service."""
    return await fetch_one(
        connection,
        QUERIES.next_timeslot,
        {"provider_id": provider_id, "service_id": service_id, "after": after},
    )


async def publish_slot(connection: Connection, actor: Actor, parameters: dict[str, Any]) -> Row:
    """-> outcome, document, version, updated_at, overlapping_slot_id.

    Args:
        parameters: slot_id, provider_id, facility_id, service_id, start, end.
    """
    row = await fetch_one(
        connection, QUERIES.publish_slot, {"actor": actor.as_parameter(), **parameters}
    )
    assert row is not None
    return row


async def change_slot(connection: Connection, actor: Actor, parameters: dict[str, Any]) -> Row:
    """-> outcome, document, version, updated_at, overlapping_slot_id, provider_id, service_id,
    wanted.

    Args:
        parameters: slot_id, precondition, start, end, status, reason.
    """
    row = await fetch_one(
        connection, QUERIES.change_slot, {"actor": actor.as_parameter(), **parameters}
    )
    assert row is not None
    return row


async def change_slots(connection: Connection, actor: Actor, parameters: dict[str, Any]) -> Row:
    """-> outcome, changed, conflicts, conflict_count.

    Args:
        parameters: provider_id, action, from, to, reason, limit.
    """
    row = await fetch_one(
        connection, QUERIES.change_slots, {"actor": actor.as_parameter(), **parameters}
    )
    assert row is not None
    return row


async def delete_slot(
    connection: Connection,
    actor: Actor,
    slot_id: UUID,
    precondition: Jsonb,
    reason: str | None,
) -> Row:
    """-> outcome, document, provider_id, service_id, wanted."""
    row = await fetch_one(
        connection,
        QUERIES.delete_slot,
        {
            "actor": actor.as_parameter(),
            "slot_id": slot_id,
            "precondition": precondition,
            "reason": reason,
        },
    )
    assert row is not None
    return row


async def slot(connection: Connection, actor: Actor, slot_id: UUID) -> Row | None:
    """-> document, version, updated_at, hold_expired."""
    return await fetch_one(
        connection, QUERIES.slot, {"actor": actor.as_parameter(), "slot_id": slot_id}
    )


async def slots(connection: Connection, parameters: dict[str, Any]) -> list[Row]:
    """-> rows of document, start_at, id, scan_ended, sorted by start.

    Args:
        parameters: provider_id, facility_id, from, to, status, after_start, after_id, limit, scan
            (how many slots are looked at; then a last row has `scan_ended`, perhaps no document).
    """
    if parameters["provider_id"] is not None:
        query = QUERIES.slots_of_provider
    elif parameters["facility_id"] is not None:
        query = QUERIES.slots_of_facility
    else:
        query = QUERIES.slots
    return await fetch_all(connection, query, parameters)


async def slot_sync(connection: Connection, actor: Actor, slot_id: UUID) -> Row | None:
    """-> error (null when slot and appointment agree)."""
    return await fetch_one(
        connection, QUERIES.slot_sync, {"actor": actor.as_parameter(), "slot_id": slot_id}
    )


async def slot_audit(
    connection: Connection, actor: Actor, slot_id: UUID, *, after_version: int, limit: int
) -> list[Row]:
    """-> rows of document, version, id, oldest first."""
    return await fetch_all(
        connection,
        QUERIES.slot_audit,
        {
            "actor": actor.as_parameter(),
            "slot_id": slot_id,
            "after_version": after_version,
            "limit": limit,
        },
    )


async def slot_known(connection: Connection, actor: Actor, slot_id: UUID) -> bool:
    row = await fetch_one(
        connection, QUERIES.slot_known, {"actor": actor.as_parameter(), "slot_id": slot_id}
    )
    return row is not None
