"""The statements of what stands around an appointment, one function each."""

from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.http.pagination import Position
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.appointments", "queries_around.sql")


async def nearest(
    connection: Connection, actor: Actor, appointment_id: UUID, limit: int
) -> list[dict[str, Any]] | None:
    """-> timeslots around its start, the nearest first; None when it is out of sight."""
    row = await fetch_one(
        connection,
        QUERIES.nearest,
        {"actor": actor.as_parameter(), "appointment_id": appointment_id, "limit": limit},
    )
    return row["timeslots"] if row else None


async def soonest(
    connection: Connection, actor: Actor, appointment_id: UUID, limit: int, *, tomorrow: bool
) -> list[dict[str, Any]] | None:
    """-> the next timeslots, or tomorrow's; None when the appointment is out of sight."""
    row = await fetch_one(
        connection,
        QUERIES.soonest,
        {
            "actor": actor.as_parameter(),
            "appointment_id": appointment_id,
            "limit": limit,
            "tomorrow": tomorrow,
        },
    )
    return row["timeslots"] if row else None


async def calendar_entry(connection: Connection, actor: Actor, appointment_id: UUID) -> Row | None:
    """-> id, start_at, end_at, timezone, status, deleted_at, created_at, updated_at,
    service_title, provider_name, facility_name, facility_address, sequence, shown_at."""
    return await fetch_one(
        connection,
        QUERIES.calendar_entry,
        {"actor": actor.as_parameter(), "appointment_id": appointment_id},
    )


async def lock_for_share(connection: Connection, actor: Actor, appointment_id: UUID) -> Row | None:
    """-> deleted_at of the appointment, now locked; None when it is out of sight."""
    return await fetch_one(
        connection,
        QUERIES.lock_for_share,
        {"actor": actor.as_parameter(), "appointment_id": appointment_id},
    )


async def add_share(
    connection: Connection, actor: Actor, appointment_id: UUID, secret_hash: bytes, limit: int
) -> UUID | None:
    """-> the share's id; None when the appointment has `limit` live ones."""
    row = await fetch_one(
        connection,
        QUERIES.add_share,
        {
            "appointment_id": appointment_id,
            "secret_hash": secret_hash,
            "user_id": actor.id,
            "limit": limit,
        },
    )
    return row["id"] if row else None


async def revoke_share(
    connection: Connection, actor: Actor, appointment_id: UUID, share_id: UUID
) -> bool:
    """-> whether there was such a live share."""
    row = await fetch_one(
        connection,
        QUERIES.revoke_share,
        {
            "actor": actor.as_parameter(),
            "appointment_id": appointment_id,
            "share_id": share_id,
        },
    )
    return row is not None


async def shared(connection: Connection, secret_hash: bytes) -> dict[str, Any] | None:
    """-> what a live share's secret shows."""
    row = await fetch_one(connection, QUERIES.shared, {"secret_hash": secret_hash})
    return row["document"] if row else None


async def comments(
    connection: Connection, appointment_id: UUID, after: Position[datetime], limit: int
) -> list[Row]:
    """-> rows of document, created_at, id, oldest first."""
    return await fetch_all(
        connection,
        QUERIES.comments,
        {
            "appointment_id": appointment_id,
            "created": after.key,
            "id": after.id,
            "limit": limit,
        },
    )


async def add_comment(
    connection: Connection, actor: Actor, appointment_id: UUID, body: str
) -> dict[str, Any]:
    """-> the comment as the API shows it."""
    row = await fetch_one(
        connection,
        QUERIES.add_comment,
        {
            "appointment_id": appointment_id,
            "author_id": actor.id,
            "author_name": actor.name,
            "body": body,
        },
    )
    assert row is not None
    return row["document"]
