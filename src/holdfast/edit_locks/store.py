"""The statements of edit locks, one function each."""

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.edit_locks")


async def acquire(
    connection: Connection,
    actor: Actor,
    appointment_id: UUID,
    *,
    expected_version: int | None,
    position: dict[str, float] | None,
    ttl_seconds: int,
    metadata: dict[str, Any],
) -> Row:
    """-> outcome, lock, current_version."""
    row = await fetch_one(
        connection,
        QUERIES.acquire,
        {
            "actor": actor.as_parameter(),
            "appointment_id": appointment_id,
            "expected_version": expected_version,
            "position": Jsonb(position) if position else None,
            "ttl_seconds": ttl_seconds,
            "metadata": Jsonb(metadata),
        },
    )
    assert row is not None
    return row


async def release(
    connection: Connection,
    actor: Actor,
    appointment_id: UUID,
    *,
    expected_version: int | None,
    metadata: dict[str, Any],
) -> Row:
    """-> outcome, lock, current_version."""
    row = await fetch_one(
        connection,
        QUERIES.release,
        {
            "actor": actor.as_parameter(),
            "appointment_id": appointment_id,
            "expected_version": expected_version,
            "metadata": Jsonb(metadata),
        },
    )
    assert row is not None
    return row


async def change(
    connection: Connection, requests: list[dict[str, Any]], *, ttl_seconds: int, waits: bool
) -> list[Row]:
    """-> for each request, in order: as `acquire` or `release`, or the outcome `busy`.

    Args:
        requests: verb (acquire or release), actor (as SQL functions take it), appointment,
            expectedVersion, position, metadata.
        waits: whether to wait for locks; all requests are about one appointment then.
    """
    return await fetch_all(
        connection,
        QUERIES.change,
        {
            "requests": Jsonb(requests),
            "ttl_seconds": ttl_seconds,
            "waits": waits,
        },
    )


async def force_release(
    connection: Connection, actor: Actor, appointment_id: UUID, *, metadata: dict[str, Any]
) -> str:
    """-> outcome: released, lock_not_found or not_found."""
    row = await fetch_one(
        connection,
        QUERIES.force_release,
        {
            "actor": actor.as_parameter(),
            "appointment_id": appointment_id,
            "metadata": Jsonb(metadata),
        },
    )
    assert row is not None
    return row["outcome"]


async def take_over(
    connection: Connection,
    actor: Actor,
    appointment_id: UUID,
    *,
    ttl_seconds: int,
    metadata: dict[str, Any],
) -> Row:
    """-> outcome, lock."""
    row = await fetch_one(
        connection,
        QUERIES.take_over,
        {
            "actor": actor.as_parameter(),
            "appointment_id": appointment_id,
            "ttl_seconds": ttl_seconds,
            "metadata": Jsonb(metadata),
        },
    )
    assert row is not None
    return row


async def status(connection: Connection, actor: Actor, appointment_id: UUID) -> Row:
    """-> is_seen, lock, version, user_id, is_expired."""
    row = await fetch_one(
        connection,
        QUERIES.status,
        {"actor": actor.as_parameter(), "appointment_id": appointment_id},
    )
    assert row is not None
    return row


async def statuses(connection: Connection, requests: list[dict[str, Any]]) -> list[Row]:
    """-> for each request, in order: as `status`.

    Args:
        requests: actor (as SQL functions take it), appointment.
    """
    return await fetch_all(connection, QUERIES.statuses, {"requests": Jsonb(requests)})


async def history(
    connection: Connection,
    actor: Actor,
    appointment_id: UUID,
    *,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Row] | None:
    """-> rows of document, id, at; newest first. None when out of sight."""
    rows = await fetch_all(
        connection,
        QUERIES.history,
        {
            "actor": actor.as_parameter(),
            "appointment_id": appointment_id,
            "before_at": before[0] if before else None,
            "before_id": before[1] if before else None,
            "limit": limit,
        },
    )
    return [row for row in rows if row["document"] is not None] if rows else None


async def statistics(
    connection: Connection, actor: Actor, appointment_id: UUID
) -> dict[str, Any] | None:
    """-> the counts of one appointment's edit-lock history; None when out of sight."""
    row = await fetch_one(
        connection,
        QUERIES.statistics,
        {"actor": actor.as_parameter(), "appointment_id": appointment_id},
    )
    return row["document"] if row else None


async def held(
    connection: Connection,
    actor: Actor,
    *,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Row]:
    """-> rows of document, acquired_at, id; the latest first."""
    return await fetch_all(
        connection,
        QUERIES.held,
        {
            "actor": actor.as_parameter(),
            "before_at": before[0] if before else None,
            "before_id": before[1] if before else None,
            "limit": limit,
        },
    )


async def analytics(connection: Connection, start: datetime, end: datetime) -> dict[str, Any]:
    """-> the use of edit locks in a period."""
    row = await fetch_one(connection, QUERIES.analytics, {"from": start, "to": end})
    assert row is not None
    return row["document"]
