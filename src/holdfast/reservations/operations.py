"""The verbs of reservations (SPEC 4.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.kernel import metrics
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row
from holdfast.kernel.errors import Refusal, forbidden, not_found
from holdfast.kernel.ids import new_id
from holdfast.reservations import store
from holdfast.slots.refusals import SlotRefusal

LIVE_LIMIT = 3
EXTENSION_LIMIT = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which slot is to be reserved, for whom."""

    provider_id: UUID
    service_id: UUID
    slot_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True)
class Reserved:
    """A live reservation; `is_new` is false when this user had it already."""

    id: UUID
    slot_id: UUID
    expires_at: datetime
    ttl_seconds: int
    is_new: bool


def check_may_act_for(actor: Actor, user_id: UUID, provider_id: UUID) -> None:
    """Clients act for themselves; staff for any client, within their scope (SPEC §2).

    Raises:
        Refusal: `forbidden`, or `not_found` for a provider out of scope.
    """
    if user_id != actor.id and not actor.is_staff:
        raise forbidden("You can only book for yourself.")
    if actor.is_staff and not actor.may_manage_provider(provider_id):
        raise not_found("timeslot for this provider and service")


async def reserve(
    connection: Connection, actor: Actor, wanted: Wanted, *, ttl_seconds: int
) -> Reserved:
    """Reserve a slot, or return this user's own live reservation of it unchanged.

    Raises:
        Refusal: `slot_booked`, `slot_held`, `slot_blocked`, `slot_past` (with alternatives),
            `not_found`, `too_many_reservations`.
    """
    reservation_id = new_id()
    row = await store.reserve_slot(
        connection,
        actor,
        reservation_id=reservation_id,
        slot_id=wanted.slot_id,
        provider_id=wanted.provider_id,
        service_id=wanted.service_id,
        user_id=wanted.user_id,
        ttl_seconds=ttl_seconds,
        live_limit=LIVE_LIMIT,
    )
    return reserved(row, wanted, ttl_seconds, reservation_id)


def reserved(row: Row, wanted: Wanted, ttl_seconds: int, reservation_id: UUID) -> Reserved:
    """What the outcome of a reserve means.

    Args:
        reservation_id: of the reservation that was to be made. It may be there already, when the
            answer to the first attempt got lost.
    Raises:
        Refusal: as `reserve`.
    """
    match row["outcome"]:
        case "reserved" | "existing":
            is_new = row["id"] == reservation_id
            if is_new:
                metrics.RESERVATIONS.labels("made").inc()
            return Reserved(
                row["id"], wanted.slot_id, row["expires_at"], row["ttl_seconds"], is_new=is_new
            )
        case "too_many_reservations":
            raise Refusal(
                "too_many_reservations",
                f"You hold {LIVE_LIMIT} reservations already. Use or release one first.",
                details={"limit": LIVE_LIMIT},
                retry_after_seconds=ttl_seconds,
            )
        case "not_found":
            raise not_found("timeslot for this provider and service")
        case "user_not_found":
            raise not_found("user")
        case refused:
            raise SlotRefusal(
                refused,
                provider_id=wanted.provider_id,
                service_id=wanted.service_id,
                wanted=row["wanted"],
            )


async def reservation(connection: Connection, actor: Actor, reservation_id: UUID) -> dict[str, Any]:
    """A live reservation as its owner (or staff in scope) sees it.

    Raises:
        Refusal: as `refuse_token`.
    """
    row = await store.reservation_state(connection, actor, reservation_id, EXTENSION_LIMIT)
    if row is None:
        raise no_such_reservation()
    if row["standing"] != "live":
        raise refuse_token(row["standing"], row)
    return row["document"]


async def extend(connection: Connection, actor: Actor, reservation_id: UUID) -> dict[str, Any]:
    """Give a live reservation its full time again, at most twice.

    Raises:
        Refusal: `extension_limit`, or as `refuse_token`.
    """
    row = await store.extend_reservation(connection, actor, reservation_id, EXTENSION_LIMIT)
    match row["outcome"]:
        case "extended":
            return row["document"]
        case "extension_limit":
            raise Refusal(
                "extension_limit",
                f"A reservation can be extended {EXTENSION_LIMIT} times at most.",
            )
        case standing:
            raise refuse_token(standing, row)


async def release(connection: Connection, actor: Actor, reservation_id: UUID) -> None:
    """Let a slot go; also fine when the reservation has ended already.

    Raises:
        Refusal: `reservation_used`, `reservation_not_found`.
    """
    outcome = await store.release_reservation(connection, actor, reservation_id)
    if outcome != "released":
        raise refuse_token(outcome, {})
    metrics.RESERVATIONS.labels("released").inc()


def refuse_token(standing: str, facts: Mapping[str, Any]) -> Refusal:
    """What a token answers that is not live (any more), wherever it is used.

    Args:
        standing: expired, used, released or not_found (foreign, unknown).
        facts: provider_id, service_id and wanted (the slot's start) of an expired one.
    """
    if standing == "used":
        return Refusal("reservation_used", "This reservation has been booked already.")
    if standing == "expired":
        return SlotRefusal(
            "reservation_expired",
            provider_id=facts["provider_id"],
            service_id=facts["service_id"],
            wanted=facts["wanted"],
        )
    return no_such_reservation()


def no_such_reservation() -> Refusal:
    return Refusal("reservation_not_found", "There is no such reservation.")
