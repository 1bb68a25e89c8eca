"""The verbs of reservations (SPEC 4.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.kernel import metrics
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row
from holdfast.kernel.errors import Refusal, forbidden, invalid, not_found
from holdfast.kernel.ids import new_id
from holdfast.reservations import store
from holdfast.slots.refusals import SlotRefusal

LIVE_LIMIT = 3
EXTENSION_LIMIT = 2
# Of a client's holds that lead to nothing, in an hour; not counted where requests are not limited.
IDLE_LIMIT = 10
_TOO_MANY = {
    "too_many_reservations": (
        f"You hold {LIVE_LIMIT} reservations already. Use or release one first."
    ),
    "cooling_down": "You have held this time for as long as you can. Please let others have it.",
    "too_many_idle": (
        f"You have let {IDLE_LIMIT} reservations go within an hour. Please try again later."
    ),
}


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
    price_cents: int
    currency: str
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


def idle_limit(*, limits_requests: bool) -> int | None:
    """How many of a client's holds may lead to nothing in an hour; None: any number."""
    return IDLE_LIMIT if limits_requests else None


def client_of(actor: Actor, user_id: UUID | None) -> UUID:
    """For whom something is reserved or booked: staff say so, clients need not.

    Raises:
        Refusal: `validation_failed` for staff who did not say.
    """
    if user_id is None and actor.is_staff:
        raise invalid("userId", "say for which client")
    client_id = user_id or actor.id
    assert client_id is not None
    return client_id


async def reserve(
    connection: Connection,
    actor: Actor,
    wanted: Wanted,
    *,
    ttl_seconds: int,
    idle_limit: int | None,
) -> Reserved:
    """Reserve a slot, or return this user's own live reservation of it unchanged.

    Args:
        idle_limit: as `store.reserve_slot`.
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
        idle_limit=idle_limit,
    )
    return reserved(row, wanted, reservation_id)


def reserved(row: Row, wanted: Wanted, reservation_id: UUID) -> Reserved:
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
                row["id"],
                wanted.slot_id,
                row["expires_at"],
                row["ttl_seconds"],
                row["price_cents"],
                row["currency"],
                is_new=is_new,
            )
        case "too_many_reservations" | "cooling_down" | "too_many_idle" as refusal:
            limits = {"too_many_reservations": LIVE_LIMIT, "too_many_idle": IDLE_LIMIT}
            raise Refusal(
                "too_many_reservations",
                _TOO_MANY[refusal],
                details={
                    "reason": refusal.removeprefix("too_many_"),
                    **({"limit": limits[refusal]} if refusal in limits else {}),
                    "retryAfterSeconds": row["retry_seconds"],
                },
                retry_after_seconds=row["retry_seconds"],
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
        Refusal: `extension_limit`, `slot_past`, or as `refuse_token`.
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
        case "slot_past":
            raise slot_refusal("slot_past", row)
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
        standing: expired, no_longer_offered, used, released or not_found (foreign, unknown).
        facts: as `slot_refusal` takes them, of one that is expired or no longer offered.
    """
    if standing == "used":
        return Refusal("reservation_used", "This reservation has been booked already.")
    if standing == "expired":
        return slot_refusal("reservation_expired", facts)
    if standing == "no_longer_offered":
        return slot_refusal("no_longer_offered", facts)
    return no_such_reservation()


def slot_refusal(scenario: str, facts: Mapping[str, Any]) -> SlotRefusal:
    """A refusal with alternatives.

    Args:
        facts: provider_id, service_id and wanted (the slot's start).
    """
    return SlotRefusal(
        scenario,
        provider_id=facts["provider_id"],
        service_id=facts["service_id"],
        wanted=facts["wanted"],
    )


def no_such_reservation() -> Refusal:
    return Refusal("reservation_not_found", "There is no such reservation.")
