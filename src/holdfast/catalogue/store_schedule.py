"""The statements of schedules and publishing, one function each."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from holdfast.catalogue.store import QUERIES
from holdfast.kernel.actor import Actor
from holdfast.kernel.arrays import array
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


async def lock_schedule(connection: Connection, provider_id: UUID, *, settles: bool) -> Row:
    """-> timezone (None: no such provider), schedule (None: none), facility_ids, services, now,
    last_start, unknown_until, was_marked, first_day.

    Args:
        settles: the caller lays out the calendar, which need not be remembered any more.
    """
    parameters = {"provider_id": provider_id, "settles": settles}
    row = await fetch_one(connection, QUERIES.lock_schedule, parameters)
    assert row is not None
    return row


async def adopt_slots(
    connection: Connection, provider_id: UUID, until: datetime, periods: list[dict[str, Any]]
) -> None:
    await connection.execute(
        QUERIES.adopt_slots,
        {"provider_id": provider_id, "until": until, "periods": Jsonb(periods)},
    )


async def withdraw_slots(
    connection: Connection,
    actor: Actor,
    provider_id: UUID,
    since: datetime,
    until: datetime,
    periods: list[dict[str, Any]],
    *,
    is_dry: bool,
) -> Row:
    """-> withdrawn, gone (ids), conflicts ([{slotId, appointmentId?, start}]), conflict_count."""
    row = await fetch_one(
        connection,
        QUERIES.withdraw_slots,
        {
            "actor": actor.as_parameter(),
            "provider_id": provider_id,
            "from": since,
            "to": until,
            "periods": Jsonb(periods),
            "is_dry": is_dry,
        },
    )
    assert row is not None
    return row


async def publish_slots(
    connection: Connection,
    actor: Actor,
    provider_id: UUID,
    periods: list[dict[str, Any]],
    *,
    is_dry: bool = False,
    gone: Sequence[UUID] = (),
) -> Row:
    """-> created, existing, skipped ([{start, reason}]).

    Args:
        periods: start, end, busyStart, busyEnd, facilityId, serviceId, isNew; times as `wire_time`.
        gone: with `is_dry`, slots that would not be there any more.
    """
    row = await fetch_one(
        connection,
        QUERIES.publish_slots,
        {
            "actor": actor.as_parameter(),
            "provider_id": provider_id,
            "periods": Jsonb(periods),
            "is_dry": is_dry,
            "gone": array(gone),
        },
    )
    assert row is not None
    return row


async def continue_laying(connection: Connection, provider_id: UUID, first_day: date) -> None:
    await connection.execute(
        QUERIES.continue_laying, {"provider_id": provider_id, "first_day": first_day}
    )


async def allow_long_statement(connection: Connection) -> None:
    await connection.execute(QUERIES.allow_long_statement)


async def due_calendars(connection: Connection, limit: int) -> list[UUID]:
    """Ids of providers whose calendars have to be laid out again, longest due first."""
    rows = await fetch_all(connection, QUERIES.due_calendars, {"limit": limit})
    return [row["provider_id"] for row in rows]


async def due_calendars_of_service(
    connection: Connection, service_id: UUID, limit: int
) -> list[UUID]:
    """The same, of those who give a service."""
    parameters = {"service_id": service_id, "limit": limit}
    rows = await fetch_all(connection, QUERIES.due_calendars_of_service, parameters)
    return [row["provider_id"] for row in rows]


async def put_off_calendar(connection: Connection, provider_id: UUID, seconds: float) -> None:
    await connection.execute(
        QUERIES.put_off_calendar, {"provider_id": provider_id, "seconds": seconds}
    )


async def scheduled_providers(connection: Connection, *, after_id: UUID, limit: int) -> list[UUID]:
    """Ids of active providers with a schedule, in order, after an id."""
    rows = await fetch_all(
        connection, QUERIES.scheduled_providers, {"after_id": after_id, "limit": limit}
    )
    return [row["id"] for row in rows]
