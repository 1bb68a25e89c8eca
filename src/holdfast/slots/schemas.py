"""Wire models of slots and availability (SPEC 4.3, 4.4)."""

from typing import Any, Literal

from pydantic import Field

from holdfast.http.idempotency import KeyedRequest
from holdfast.http.wire import Id, Instant, Reason, Version, WireModel

SlotStatus = Literal["available", "held", "booked", "blocked"]


class Timeslot(WireModel):
    """A slot as clients see it; an expired hold shows `available` at once."""

    id: Id
    provider_id: Id
    start: Instant
    end: Instant
    status: SlotStatus
    facility_id: Id
    price_cents: int | None = Field(description="Price of the service that was asked for.")


class Availability(WireModel):
    """A provider's timeslots on some days of its own time zone."""

    provider_id: Id
    service_id: Id
    timezone: str
    timeslots: list[Timeslot]


class NextAvailability(WireModel):
    """The first free timeslot, or null."""

    timeslot: Timeslot | None


class PublishRequest(KeyedRequest):
    """A slot to publish; without `serviceId` it is for any service of the provider."""

    provider_id: Id
    facility_id: Id
    service_id: Id | None = None
    start: Instant
    end: Instant


class ChangeSlotRequest(WireModel):
    """What to change of a slot; what is left out stays."""

    start: Instant | None = None
    end: Instant | None = None
    status: Literal["available", "blocked"] | None = None
    reason: Reason | None = None
    version: Version | None = None


class DeleteSlotRequest(WireModel):
    """Which version is withdrawn, and why."""

    reason: Reason | None = None
    version: Version | None = None


class BulkSlotsRequest(KeyedRequest):
    """What to do with all slots of a provider that overlap a period, of 366 days at most."""

    action: Literal["block", "unblock", "delete"]
    provider_id: Id
    from_: Instant = Field(alias="from")
    to: Instant
    reason: Reason | None = None


class SlotConflict(WireModel):
    """A slot that stays as it is: held or booked, or (`unblock`) its time is another slot's now."""

    slot_id: Id
    appointment_id: Id | None = None
    start: Instant


class BulkSlots(WireModel):
    """What was done: how many slots changed, and which ones could not."""

    changed: int
    conflicts: list[SlotConflict] = Field(description="By time; the first 1000.")
    conflicts_total: int | None = Field(default=None, description="When there are more than that.")


class Slot(WireModel):
    """A slot as staff see it."""

    id: Id
    provider_id: Id
    facility_id: Id
    service_id: Id | None
    start: Instant
    end: Instant
    status: SlotStatus
    held_until: Instant | None
    appointment_id: Id | None
    version: int
    created_at: Instant
    updated_at: Instant


class SlotSync(WireModel):
    """Whether the slot and its appointment agree (seed 001 §6)."""

    valid: bool
    error: str | None = None


class SlotAuditEntry(WireModel):
    """One change of a slot, chained to the one before by hash."""

    id: Id
    slot_id: Id
    version: int
    action: Literal[
        "published",
        "changed",
        "held",
        "extended",
        "released",
        "expired",
        "booked",
        "freed",
        "blocked",
        "deleted",
        "withdrawn",
    ]
    actor: dict[str, Any]
    timestamp: Instant
    previous_status: SlotStatus | None
    new_status: SlotStatus
    reason: str | None
    changes: dict[str, Any]
    previous_hash: str | None
    hash: str
