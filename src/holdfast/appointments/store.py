"""The statements of appointments, one function each."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from holdfast.http.pagination import FIRST_ID, LAST_ID
from holdfast.http.wire import EARLIEST, LATEST
from holdfast.kernel.actor import Actor
from holdfast.kernel.arrays import array
from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.appointments")

_LISTS = {
    "upcoming": QUERIES.upcoming_of_user,
    "history": QUERIES.history_of_user,
    None: QUERIES.all_of_user,
}
_VERY_FIRST = (EARLIEST, FIRST_ID)
_VERY_LAST = (LATEST, LAST_ID)


async def appointment(
    connection: Connection, appointments: Sequence[UUID], actors: Sequence[Actor]
) -> list[Row]:
    """-> for each question, in order: document, version, updated_at, audit, names_changed; all None
    when the appointment is out of the actor's sight."""
    return await fetch_all(
        connection,
        QUERIES.appointment,
        {
            "appointments": array(appointments),
            "actors": array(actor.as_text() for actor in actors),
        },
    )


async def appointment_as_of(
    connection: Connection, actor: Actor, appointment_id: UUID, at: datetime
) -> Row | None:
    """As `appointment`, at a time; None also when it was not made yet."""
    return await fetch_one(
        connection,
        QUERIES.appointment_as_of,
        {"actor": actor.as_parameter(), "appointment_id": appointment_id, "at": at},
    )


async def audit_page(
    connection: Connection, actor: Actor, appointment_id: UUID, *, after_version: int, limit: int
) -> list[Row]:
    """-> rows of document, version, id; oldest first."""
    return await fetch_all(
        connection,
        QUERIES.audit,
        {
            "actor": actor.as_parameter(),
            "appointment_id": appointment_id,
            "after_version": after_version,
            "limit": limit,
        },
    )


async def appointments_of_user(
    connection: Connection,
    actor: Actor,
    user_id: UUID,
    *,
    which: str | None,
    after_start: datetime | None,
    after_id: UUID | None,
    limit: int,
) -> list[Row]:
    """-> rows of document (as text), start_at, id.

    Args:
        which: upcoming (soonest first), history or None for all (latest first).
    """
    start, row_id = _VERY_FIRST if which == "upcoming" else _VERY_LAST
    if after_start is not None and after_id is not None:
        start, row_id = after_start, after_id
    return await fetch_all(
        connection,
        _LISTS[which],
        {
            "actor": actor.as_parameter(),
            "user_id": user_id,
            "start": start,
            "id": row_id,
            "limit": limit,
        },
    )


async def user_exists(connection: Connection, user_id: UUID) -> bool:
    return await fetch_one(connection, QUERIES.user_exists, {"user_id": user_id}) is not None


async def quote(connection: Connection, actor: Actor, appointment_id: UUID) -> Row | None:
    """-> fee_cents, price_cents, currency, refundable_until, status, deleted_at, obstacle (of
    begun_obstacle(); None: none)."""
    return await fetch_one(
        connection,
        QUERIES.quote,
        {"actor": actor.as_parameter(), "appointment_id": appointment_id},
    )
