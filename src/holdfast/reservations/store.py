"""The statements of reservations, one function each."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.reservations")


async def reserve_slot(
    connection: Connection,
    actor: Actor,
    *,
    reservation_id: UUID,
    slot_id: UUID,
    provider_id: UUID,
    service_id: UUID,
    user_id: UUID,
    ttl_seconds: int,
    live_limit: int,
    idle_limit: int | None,
) -> Row:
    """-> outcome, id, expires_at, ttl_seconds, wanted (the slot's start), price_cents, currency,
    retry_seconds.

    Args:
        idle_limit: of the holds of an hour that lead to nothing; None: any number.
    """
    row = await fetch_one(
        connection,
        QUERIES.reserve_slot,
        {
            "actor": actor.as_parameter(),
            "reservation_id": reservation_id,
            "slot_id": slot_id,
            "provider_id": provider_id,
            "service_id": service_id,
            "user_id": user_id,
            "ttl_seconds": ttl_seconds,
            "live_limit": live_limit,
            "idle_limit": idle_limit,
        },
    )
    assert row is not None
    return row


async def reserve_slots(
    connection: Connection,
    requests: list[dict[str, Any]],
    *,
    ttl_seconds: int,
    live_limit: int,
    idle_limit: int | None,
    waits: bool,
) -> list[Row]:
    """-> for each request, in order: as `reserve_slot`, or the outcome `busy`.

    Args:
        requests: actor (as SQL functions take it), id, slot, provider, service, user.
        waits: whether to wait for locks.
    """
    return await fetch_all(
        connection,
        QUERIES.reserve_slots,
        {
            "requests": Jsonb(requests),
            "ttl_seconds": ttl_seconds,
            "live_limit": live_limit,
            "idle_limit": idle_limit,
            "waits": waits,
        },
    )


async def reservation_state(
    connection: Connection, actor: Actor, reservation_id: UUID, extension_limit: int
) -> Row | None:
    """-> standing, document, provider_id, service_id, wanted; None when there is none."""
    return await fetch_one(
        connection,
        QUERIES.reservation_state,
        {
            "actor": actor.as_parameter(),
            "reservation_id": reservation_id,
            "extension_limit": extension_limit,
        },
    )


async def extend_reservation(
    connection: Connection, actor: Actor, reservation_id: UUID, extension_limit: int
) -> Row:
    """-> outcome, document, provider_id, service_id, wanted."""
    row = await fetch_one(
        connection,
        QUERIES.extend_reservation,
        {
            "actor": actor.as_parameter(),
            "reservation_id": reservation_id,
            "extension_limit": extension_limit,
        },
    )
    assert row is not None
    return row


async def release_reservation(connection: Connection, actor: Actor, reservation_id: UUID) -> str:
    """-> the outcome: released, used or not_found."""
    row = await fetch_one(
        connection,
        QUERIES.release_reservation,
        {"actor": actor.as_parameter(), "reservation_id": reservation_id},
    )
    assert row is not None
    return row["outcome"]
