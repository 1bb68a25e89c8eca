"""What stands around an appointment: its past, other times, calendar file, shares, comments."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from holdfast.appointments import store, store_around
from holdfast.appointments.operations_writes import check_access
from holdfast.calendars.ics import Entry, EventStatus, Person
from holdfast.http.auth import secret_hash
from holdfast.http.pagination import Position
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row
from holdfast.kernel.errors import Refusal, invalid, not_found

ALTERNATIVES_LIMIT = 5
SHARES_LIMIT = 20
SECRET_BYTES = 32

Kind = Literal["tomorrow", "next", "nearest"]


async def appointment_as_of(
    connection: Connection, actor: Actor, appointment_id: UUID, at: datetime
) -> Row:
    """The appointment as it was at a time, as `AppointmentLooks.appointment` answers.

    Raises:
        Refusal: `not_found` when it is out of sight, was not made yet, or (for its client) was
            deleted then.
    """
    row = await store.appointment_as_of(connection, actor, appointment_id, at)
    if row is None:
        raise not_found("appointment at that time")
    return row


async def alternatives(
    connection: Connection, actor: Actor, appointment_id: UUID, kind: Kind
) -> list[dict[str, Any]]:
    """Up to five free timeslots that the appointment could move to.

    Args:
        kind: nearest (around its start), next (from now on) or tomorrow (in the provider's zone).
    Raises:
        Refusal: `not_found`.
    """
    if kind == "nearest":
        found = await store_around.nearest(connection, actor, appointment_id, ALTERNATIVES_LIMIT)
    else:
        found = await store_around.soonest(
            connection, actor, appointment_id, ALTERNATIVES_LIMIT, tomorrow=kind == "tomorrow"
        )
    if found is None:
        raise not_found("appointment")
    return found


@dataclass(frozen=True, slots=True)
class Shown:
    """A calendar entry and when anything in it last changed."""

    entry: Entry
    changed_at: datetime


async def calendar_entry(
    connection: Connection, actor: Actor, appointment_id: UUID, organizer_email: str
) -> Shown:
    """What a calendar shows of an appointment: neither its notes nor anybody's contact data.

    Raises:
        Refusal: `not_found`.
    """
    row = await store_around.calendar_entry(connection, actor, appointment_id)
    if row is None:
        raise not_found("appointment")
    place = [part for part in (row["facility_name"], row["facility_address"]) if part]
    title = f"{row['service_title']} with {row['provider_name']}"
    entry = Entry(
        id=row["id"],
        sequence=row["sequence"],
        status=_event_status(row),
        start=row["start_at"],
        end=row["end_at"],
        timezone=row["timezone"],
        summary=title,
        location=", ".join(place) or None,
        description="\n".join([title, *place, f"Appointment {row['id']}"]),
        organizer=Person(row["provider_name"], organizer_email),
        created_at=row["created_at"],
        changed_at=row["updated_at"],
    )
    return Shown(entry, row["shown_at"])


def _event_status(row: Row) -> EventStatus:
    if row["status"] == "cancelled" or row["deleted_at"] is not None:
        return "CANCELLED"
    return "TENTATIVE" if row["status"] == "requested" else "CONFIRMED"


@dataclass(frozen=True, slots=True)
class NewShare:
    """A share just made; only its hash is kept."""

    id: UUID
    secret: str
    expires_at: datetime


async def share(connection: Connection, actor: Actor, appointment_id: UUID) -> NewShare:
    """Make a secret by which anybody sees time and place. Runs in the caller's transaction.

    Raises:
        Refusal: `not_found`, `invalid_transition` (deleted, or over for so long that a link would
            have ended), `validation_failed` (too many).
    """
    appointment = await store_around.lock_for_share(connection, actor, appointment_id)
    if appointment is None:
        raise not_found("appointment")
    if appointment["deleted_at"] is not None or appointment["is_over"]:
        why = "is deleted" if appointment["deleted_at"] is not None else "was over long ago"
        raise Refusal(
            "invalid_transition",
            f"You cannot share this appointment: it {why}.",
            details={"action": "share"},
        )
    secret = secrets.token_urlsafe(SECRET_BYTES)
    share_id = await store_around.add_share(
        connection, actor, appointment_id, secret_hash(secret), SHARES_LIMIT
    )
    if share_id is None:
        raise invalid("shares", f"has {SHARES_LIMIT} links already; revoke one first")
    return NewShare(share_id, secret, appointment["expires_at"])


async def revoke_share(
    connection: Connection, actor: Actor, appointment_id: UUID, share_id: UUID
) -> None:
    """End a share. Raises `not_found` when there is no such live one."""
    if not await store_around.revoke_share(connection, actor, appointment_id, share_id):
        raise not_found("share")


async def shared(connection: Connection, secret: str) -> dict[str, Any]:
    """What a secret shows.

    Raises:
        Refusal: `not_found` when it is unknown, revoked or has ended, or all is deleted.
    """
    document = await store_around.shared(connection, secret_hash(secret))
    if document is None:
        raise not_found("shared appointment")
    return document


async def comments(
    connection: Connection,
    actor: Actor,
    appointment_id: UUID,
    after: Position[datetime],
    *,
    limit: int,
) -> list[Row]:
    """Up to `limit + 1` comments, oldest first; staff only.

    Raises:
        Refusal: `not_found`, `forbidden` (a client, of its own appointment).
    """
    await check_access(connection, actor, appointment_id, "staff")
    return await store_around.comments(connection, appointment_id, after, limit + 1)


async def add_comment(
    connection: Connection, actor: Actor, appointment_id: UUID, body: str
) -> dict[str, Any]:
    """Say something to the rest of staff. Raises as `comments`."""
    await check_access(connection, actor, appointment_id, "staff")
    return await store_around.add_comment(connection, actor, appointment_id, body)
