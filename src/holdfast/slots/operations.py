"""The verbs of slots (SPEC 4.3) and what is free (SPEC 4.4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from holdfast.http.preconditions import Precondition, refuse_stale
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row
from holdfast.kernel.errors import Refusal, invalid, not_found
from holdfast.kernel.ids import new_id
from holdfast.slots import store
from holdfast.slots.gathered import AvailabilityLooks, Days, Look
from holdfast.slots.refusals import SlotRefusal
from holdfast.slots.tags import AvailabilityTag, digest

SEARCH_DAYS = 31
SLOT_HOURS = 24
SLOT_MINUTES = 5
BULK_DAYS = 366
BULK_SLOTS = 10_000


async def availability(
    looks: AvailabilityLooks, days: Days, *, question: str, known: Sequence[AvailabilityTag]
) -> tuple[AvailabilityTag, str | None]:
    """The JSON text of a provider's availability and its tag; no text where it is known already.

    Args:
        question: what is asked, as tags have it.
        known: of former answers that the caller has.
    Raises:
        Refusal: `not_found` when the provider does not offer the service; `unavailable`.
    """
    if known:
        tag = known[0]
        look = Look(days.provider_id, days.service_id, tag.state, tag.valid_until)
        if await looks.is_unchanged(look):
            return tag, None
    row = await looks.timeslots(days)
    body: str | None = row["body"]
    if body is None:
        raise not_found("service of this provider")
    tag = AvailabilityTag(question, row["state"], row["valid_until"], digest(body))
    # Something has changed, though perhaps nothing that is shown.
    return tag, None if any(one.content == tag.content for one in known) else body


async def free_timeslots(
    connection: Connection,
    service_id: UUID,
    period: tuple[datetime, datetime],
    *,
    facility_id: UUID | None,
    after: tuple[datetime, UUID],
    limit: int,
) -> list[Row]:
    """Up to `limit + 1` available timeslots of any provider, soonest first.

    Raises:
        Refusal: `invalid_time_range`, `validation_failed` (more than 31 days), `not_found`.
    """
    start, end = period
    _check_period(start, end)
    if end - start > timedelta(days=SEARCH_DAYS):
        raise invalid("to", f"may lie {SEARCH_DAYS} days after `from` at most")
    rows = await store.free_timeslots(
        connection,
        {
            "service_id": service_id,
            "to": end,
            "facility_id": facility_id,
            "after_start": after[0],
            "after_id": after[1],
            "limit": limit + 1,
        },
    )
    if not rows and not await store.service_offered_anywhere(connection, service_id):
        raise not_found("service")
    return rows


async def next_timeslot(
    connection: Connection, provider_id: UUID, service_id: UUID, after: datetime | None
) -> dict[str, Any] | None:
    """The provider's first available timeslot after a time (default: now)."""
    row = await store.next_timeslot(connection, provider_id, service_id, after)
    if row is None:
        raise not_found("service of this provider")
    return row["timeslot"]


async def publish_slot(
    connection: Connection,
    actor: Actor,
    *,
    provider_id: UUID,
    facility_id: UUID,
    service_id: UUID | None,
    start: datetime,
    end: datetime,
) -> Row:
    """Publish a slot -> document, version, updated_at.

    Raises:
        Refusal: `invalid_time_range`, `slot_overlap`, `not_found`, `validation_failed`.
    """
    if not actor.may_manage_provider(provider_id):
        raise not_found("provider")
    _check_period(start, end)
    if end - start > timedelta(hours=SLOT_HOURS):
        raise invalid("end", f"a slot lasts {SLOT_HOURS} hours at most")
    if end - start < timedelta(minutes=SLOT_MINUTES):
        raise _too_short()
    row = await store.publish_slot(
        connection,
        actor,
        {
            "slot_id": new_id(),
            "provider_id": provider_id,
            "facility_id": facility_id,
            "service_id": service_id,
            "start": start,
            "end": end,
        },
    )
    match row["outcome"]:
        case "published":
            return row
        case "slot_overlap":
            raise _overlap(row)
        case "facility_not_found":
            raise invalid("facilityId", "is not a facility of this provider")
        case "service_not_found":
            raise invalid("serviceId", "is not a service of this provider")
        case "slot_past":
            raise invalid("start", "must lie in the future")
        case _:
            raise not_found("provider")


async def change_slot(
    connection: Connection,
    actor: Actor,
    slot_id: UUID,
    precondition: Precondition,
    wanted: Mapping[str, Any],
) -> Row:
    """Move, block or unblock a slot -> document, version, updated_at.

    Args:
        wanted: the fields as sent: start, end, status, reason, version (absent: unchanged).
    Raises:
        Refusal: `not_found`, the preconditions' refusals, `slot_held`, `slot_booked`,
            `invalid_time_range`, `slot_overlap`.
    """
    row = await store.change_slot(
        connection,
        actor,
        {
            "slot_id": slot_id,
            "precondition": precondition.as_parameter(version=wanted.get("version"), required=True),
            "start": wanted.get("start"),
            "end": wanted.get("end"),
            "status": wanted.get("status"),
            "reason": wanted.get("reason"),
        },
    )
    match row["outcome"]:
        case "changed":
            return row
        case "invalid_time_range":
            raise Refusal(
                "invalid_time_range",
                f"The end must be after the start, by {SLOT_HOURS} hours at most.",
            )
        case "too_short":
            raise _too_short("end" if wanted.get("end") else "start")
        case "slot_past":
            raise invalid(
                "start" if wanted.get("start") else "end", "a slot must begin in the future"
            )
        case "slot_overlap":
            raise _overlap(row)
        case _:
            raise _refuse_change(row, wanted)


async def change_slots(
    connection: Connection,
    actor: Actor,
    provider_id: UUID,
    action: str,
    period: tuple[datetime, datetime],
    reason: str | None,
) -> dict[str, Any]:
    """Block, unblock or delete the slots that overlap a period -> changed (a count), conflicts
    ([{slotId, appointmentId?, start}], the first 1000), conflictsTotal when there are more.

    Raises:
        Refusal: `not_found`, `invalid_time_range`, `validation_failed` (a period too long).
    """
    start, end = period
    _check_period(start, end)
    if end - start > timedelta(days=BULK_DAYS):
        raise invalid("to", f"may lie {BULK_DAYS} days after `from` at most")
    row = await store.change_slots(
        connection,
        actor,
        {
            "provider_id": provider_id,
            "action": action,
            "from": start,
            "to": end,
            "reason": reason,
            "limit": BULK_SLOTS,
        },
    )
    match row["outcome"]:
        case "done":
            done = {"changed": row["changed"], "conflicts": row["conflicts"]}
            if row["conflict_count"] > len(row["conflicts"]):
                done["conflictsTotal"] = row["conflict_count"]
            return done
        case "too_many":
            raise invalid("to", f"there are more than {BULK_SLOTS} slots up to this time")
        case _:
            raise not_found("provider")


async def delete_slot(
    connection: Connection,
    actor: Actor,
    slot_id: UUID,
    precondition: Precondition,
    *,
    version: int | None,
    reason: str | None,
) -> None:
    """Hide a slot that is neither held nor booked.

    Raises:
        Refusal: `not_found`, the preconditions' refusals, `slot_held`, `slot_booked`.
    """
    row = await store.delete_slot(
        connection,
        actor,
        slot_id,
        precondition.as_parameter(version=version, required=True),
        reason,
    )
    if row["outcome"] != "deleted":
        raise _refuse_change(row, {})


def _refuse_change(row: Row, wanted: Mapping[str, Any]) -> Refusal:
    match row["outcome"]:
        case "not_found":
            return not_found("slot")
        case "slot_held" | "slot_booked" as scenario:
            return SlotRefusal(
                scenario,
                provider_id=row["provider_id"],
                service_id=row["service_id"],
                wanted=row["wanted"],
            )
        case stale:
            return refuse_stale(stale, row["document"], wanted)


def _overlap(row: Row) -> Refusal:
    return Refusal(
        "slot_overlap",
        "The provider has another slot at this time.",
        details={"overlappingSlotId": str(row["overlapping_slot_id"])},
    )


def _too_short(field: str = "end") -> Refusal:
    return invalid(field, f"a slot lasts {SLOT_MINUTES} minutes at least")


def _check_period(start: datetime, end: datetime) -> None:
    if end <= start:
        raise Refusal("invalid_time_range", "The end must be after the start.")


async def slot(connection: Connection, actor: Actor, slot_id: UUID) -> Row:
    """-> document, version, updated_at, hold_expired.

    Raises:
        Refusal: `not_found`.
    """
    row = await store.slot(connection, actor, slot_id)
    if row is None:
        raise not_found("slot")
    return row


async def slots(connection: Connection, actor: Actor, parameters: dict[str, Any]) -> list[Row]:
    """Slots in the actor's scope -> rows of document, start_at, id, scan_ended.

    Args:
        parameters: `from` besides those of `store.slots`; a provider's operator sees that
            provider's only.
    Raises:
        Refusal: `not_found` for a provider out of scope, `invalid_time_range`.
    """
    _check_period(parameters["from"], parameters["to"])
    provider_id = parameters["provider_id"]
    if provider_id is None:
        parameters = {**parameters, "provider_id": actor.provider_id}
    elif not actor.may_manage_provider(provider_id):
        raise not_found("provider")
    return await store.slots(connection, parameters)


async def slot_sync(connection: Connection, actor: Actor, slot_id: UUID) -> str | None:
    """Why the slot and its appointment do not agree; None when they do."""
    row = await store.slot_sync(connection, actor, slot_id)
    if row is None:
        raise not_found("slot")
    return row["error"]


async def slot_audit(
    connection: Connection, actor: Actor, slot_id: UUID, *, after_version: int, limit: int
) -> list[Row]:
    """Up to `limit + 1` entries of a slot's history, oldest first; also of a deleted slot."""
    rows = await store.slot_audit(
        connection, actor, slot_id, after_version=after_version, limit=limit + 1
    )
    if not rows and not await store.slot_known(connection, actor, slot_id):
        raise not_found("slot")
    return rows
