"""The verbs of appointments (SPEC 4.5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.appointments import store
from holdfast.kernel import metrics
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row
from holdfast.kernel.errors import Refusal, forbidden, invalid, not_found
from holdfast.kernel.ids import new_id
from holdfast.reservations.operations import check_may_act_for, refuse_token
from holdfast.slots.refusals import SlotRefusal


@dataclass(frozen=True, slots=True)
class Booked:
    """An appointment just made, as the API shows it."""

    document: dict[str, Any]
    version: int
    updated_at: datetime


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


def check_priority(actor: Actor, priority: str) -> None:
    """Clients book with priority normal only (SPEC §2)."""
    if priority != "normal" and not actor.is_staff:
        raise forbidden("Only staff may set a priority.")


async def book_reservation(
    connection: Connection,
    actor: Actor,
    reservation_id: UUID,
    *,
    priority: str,
    notes: str | None,
) -> Booked:
    """Book the slot that a reservation holds.

    Raises:
        Refusal: `reservation_expired`, `reservation_used`, `reservation_not_found`, `slot_past`,
            `not_found` when the service is no longer offered, `forbidden` (priority).
    """
    check_priority(actor, priority)
    row = await store.book_reservation(
        connection,
        actor,
        appointment_id=new_id(),
        reservation_id=reservation_id,
        priority=priority,
        notes=notes,
    )
    match row["outcome"]:
        case "booked":
            metrics.RESERVATIONS.labels("used").inc()
            metrics.APPOINTMENTS_BOOKED.inc()
            return _booked(row)
        case "slot_past":
            raise SlotRefusal(
                "slot_past",
                provider_id=row["provider_id"],
                service_id=row["service_id"],
                wanted=row["wanted"],
            )
        case "not_offered":
            raise not_found("service of this provider any more")
        case standing:
            raise refuse_token(standing, row)


async def book_directly(
    connection: Connection,
    actor: Actor,
    wanted: DirectBooking,
    *,
    priority: str,
    notes: str | None,
) -> Booked:
    """Book the free slot that contains the wanted time, or file a request for it.

    Raises:
        Refusal: `slot_past`; with `if_unavailable="fail"` also `no_slot`, `slot_held`,
            `slot_booked`, `slot_blocked`, all with alternatives; `not_found`, `forbidden`,
            `validation_failed`, `invalid_time_range`.
    """
    check_priority(actor, priority)
    check_may_act_for(actor, wanted.user_id, wanted.provider_id)
    if wanted.end is not None and (wanted.end - wanted.start).total_seconds() > 86_400:
        raise invalid("end", "an appointment lasts 24 hours at most")
    row = await store.book_directly(
        connection,
        actor,
        {
            "appointment_id": new_id(),
            "user_id": wanted.user_id,
            "provider_id": wanted.provider_id,
            "service_id": wanted.service_id,
            "facility_id": wanted.facility_id,
            "start": wanted.start,
            "end": wanted.end,
            "priority": priority,
            "notes": notes,
            "if_unavailable": wanted.if_unavailable,
        },
    )
    match row["outcome"]:
        case "booked" | "requested" as outcome:
            if outcome == "booked":
                metrics.APPOINTMENTS_BOOKED.inc()
            return _booked(row)
        case "not_found":
            raise not_found("service of this provider")
        case "user_not_found":
            raise not_found("user")
        case "facility_not_found":
            raise not_found("facility of this provider")
        case "invalid_time_range":
            raise Refusal("invalid_time_range", "The end must be after the start.")
        case refused:
            raise SlotRefusal(
                refused,
                provider_id=wanted.provider_id,
                service_id=wanted.service_id,
                wanted=wanted.start,
            )


def _booked(row: Row) -> Booked:
    return Booked(row["document"], row["version"], row["updated_at"])


async def appointment(connection: Connection, actor: Actor, appointment_id: UUID) -> Row:
    """-> document, version, updated_at, audit, names_changed.

    Raises:
        Refusal: `not_found`, also for one that this actor may not know of.
    """
    row = await store.appointment(connection, actor, appointment_id)
    if row is None:
        raise not_found("appointment")
    return row


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
        await appointment(connection, actor, appointment_id)
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
