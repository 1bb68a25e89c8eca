"""The verbs of appointments (SPEC 4.5)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from holdfast.appointments import store
from holdfast.appointments.store_writes import Write
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row
from holdfast.kernel.errors import forbidden, invalid, not_found
from holdfast.kernel.ids import new_id
from holdfast.reservations.operations import check_may_act_for


@dataclass(frozen=True, slots=True)
class DirectBooking:
    """A wanted time; `end` defaults to the service's duration."""

    user_id: UUID
    provider_id: UUID
    service_id: UUID
    facility_id: UUID | None
    start: datetime
    end: datetime | None
    if_unavailable: str


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """How many appointments to come and requests that wait a client may have."""

    appointments: int
    requests: int

    def as_given(self) -> dict[str, int]:
        """As `client_booking_refusal()` takes them (caps.sql)."""
        return {"appointments": self.appointments, "requests": self.requests}


def check_priority(actor: Actor, priority: str) -> None:
    """Clients book with priority normal only (SPEC §2)."""
    if priority != "normal" and not actor.is_staff:
        raise forbidden("Only staff may set a priority.")


def booking(
    actor: Actor,
    reservation_id: UUID | None,
    *,
    user_id: UUID | None,
    priority: str,
    notes: str | None,
    limits: ClientLimits,
) -> Write:
    """The booking of the slot that a reservation holds.

    Args:
        reservation_id: None for a token that never was one.
        user_id: whose reservation it must be, if given.
    Raises:
        Refusal: `forbidden` (priority).
    """
    check_priority(actor, priority)
    given = {
        "reservation": reservation_id,
        "user": user_id,
        "priority": priority,
        "notes": notes,
        "limits": limits.as_given(),
    }
    return Write("book", actor, new_id(), given)


def direct_booking(
    actor: Actor,
    wanted: DirectBooking,
    *,
    priority: str,
    notes: str | None,
    limits: ClientLimits,
) -> Write:
    """The booking of the free slot that contains the wanted time, or a request for it.

    Raises:
        Refusal: `not_found`, `forbidden`, `validation_failed`.
    """
    check_priority(actor, priority)
    check_may_act_for(actor, wanted.user_id, wanted.provider_id)
    if wanted.end is not None and (wanted.end - wanted.start).total_seconds() > 86_400:
        raise invalid("end", "an appointment lasts 24 hours at most")
    return Write(
        "book_directly",
        actor,
        new_id(),
        {
            "user": wanted.user_id,
            "provider": wanted.provider_id,
            "service": wanted.service_id,
            "facility": wanted.facility_id,
            "start": wanted.start,
            "end": wanted.end,
            "priority": priority,
            "notes": notes,
            "ifUnavailable": wanted.if_unavailable,
            "limits": limits.as_given(),
        },
    )


async def audit_page(
    connection: Connection, actor: Actor, appointment_id: UUID, *, after_version: int, limit: int
) -> list[Row]:
    """Up to `limit + 1` audit entries after a version, oldest first.

    Raises:
        Refusal: `not_found`.
    """
    rows = await store.audit_page(
        connection, actor, appointment_id, after_version=after_version, limit=limit + 1
    )
    if not rows:
        [seen] = await store.appointment(connection, [appointment_id], [actor])
        if seen["document"] is None:
            raise not_found("appointment")
    return rows


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
    """Up to `limit + 1` appointments of a client: the client's own, or those in staff's scope.

    Raises:
        Refusal: `not_found` for another client's list or an unknown user.
    """
    if user_id != actor.id and (
        not actor.is_staff or not await store.user_exists(connection, user_id)
    ):
        raise not_found("user")
    return await store.appointments_of_user(
        connection,
        actor,
        user_id,
        which=which,
        after_start=after_start,
        after_id=after_id,
        limit=limit + 1,
    )
