"""The statements of the demo, one function each."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.demo")


async def begin(connection: Connection) -> None:
    """Wait until no other loader is at work; to be called first in a transaction."""
    await connection.execute(QUERIES.begin)


async def users(connection: Connection, ids: Iterable[UUID], emails: Iterable[str]) -> list[Row]:
    """-> rows of id, email, role, name, provider_id."""
    return await fetch_all(connection, QUERIES.users, {"ids": list(ids), "emails": list(emails)})


async def known(connection: Connection, ids: Iterable[UUID]) -> set[UUID]:
    """Those of the ids that facilities, services or providers have."""
    rows = await fetch_all(connection, QUERIES.known, {"ids": list(ids)})
    return {row["id"] for row in rows}


async def scheduled(connection: Connection, ids: Iterable[UUID]) -> set[UUID]:
    """Those of the providers that are there and have a schedule."""
    rows = await fetch_all(connection, QUERIES.scheduled, {"ids": list(ids)})
    return {row["id"] for row in rows}


async def standing(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, bool]:
    """The appointments that are there, and whether they are still to come."""
    rows = await fetch_all(connection, QUERIES.standing, {"ids": list(ids)})
    return {row["id"]: row["is_to_come"] for row in rows}


async def free_slot(
    connection: Connection,
    provider_id: UUID,
    service_id: UUID,
    user_id: UUID,
    *,
    in_days: int,
    hour: int,
    after: datetime | None = None,
) -> Row | None:
    """-> id, facility_id, start_at."""
    return await fetch_one(
        connection,
        QUERIES.free_slot,
        {
            "provider_id": provider_id,
            "service_id": service_id,
            "user_id": user_id,
            "days": in_days,
            "hour": hour,
            "after": after,
        },
    )


async def publish_past(connection: Connection, actor: Actor, slot: dict[str, Any]) -> Row | None:
    """Publish a slot of the past -> id; None where the provider has one already.

    Args:
        slot: slot_id, provider_id, facility_id, service_id, start, end.
    """
    await connection.execute(QUERIES.act_as, {"actor": actor.as_parameter()})
    return await fetch_one(connection, QUERIES.publish_past, slot)


async def book_past(
    connection: Connection,
    actor: Actor,
    *,
    appointment_id: UUID,
    user_id: UUID,
    slot_id: UUID,
    service_id: UUID,
) -> None:
    """Book a slot of the past for a client."""
    await connection.execute(QUERIES.act_as, {"actor": actor.as_parameter()})
    await connection.execute(
        QUERIES.book_past,
        {
            "appointment_id": appointment_id,
            "user_id": user_id,
            "slot_id": slot_id,
            "service_id": service_id,
        },
    )
