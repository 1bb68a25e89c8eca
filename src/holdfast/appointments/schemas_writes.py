"""Wire models of what changes an appointment (SPEC 4.5)."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from holdfast.appointments.schemas import Appointment, Priority
from holdfast.http.idempotency import KeyedRequest
from holdfast.http.wire import Boolean, Id, Instant, Paragraph, Reason, Version, WireModel

_ABSENT: Any = None


class WriteRequest(WireModel):
    """What every write may say of the version and the edit lock it relies on."""

    reason: Reason | None = None
    version: Version | None = None
    lock_version: Version | None = Field(
        default=None, description="Land only while you hold the edit lock at this version."
    )


class ActionRequest(WriteRequest, KeyedRequest):
    """A write that says no more than why."""


class EditRequest(WriteRequest):
    """What to change; what is left out stays. Times move by reschedule only."""

    notes: Paragraph | None = None
    # Absent is allowed, null is not: the defaults are never looked at.
    priority: Priority = _ABSENT
    service_id: Id = _ABSENT


class ReopenRequest(ActionRequest):
    """Why the visit was not over after all."""

    reason: Annotated[Reason, StringConstraints(min_length=1, pattern=r"\S")]  # type: ignore[assignment]


class RescheduleRequest(ActionRequest):
    """Where to: the slot that the reservation holds."""

    reservation_token: str = Field(max_length=200)


class CancelRequest(ActionRequest):
    """Why, and (staff) whether the fee is waived."""

    waive_fee: Boolean = False


class AcceptRequest(ActionRequest):
    """Which waiting request goes into the slot; `version` is the slot's."""

    appointment_id: Id
    move: Boolean = Field(
        default=_ABSENT,
        description="Accept it at the slot's time when it does not lie within the slot.",
    )


class Quote(WireModel):
    """What cancelling costs now."""

    fee_cents: int
    refund_cents: int
    refundable_until: Instant
    currency: str


class Cancelled(WireModel):
    """The cancelled appointment with the fee that was decided."""

    appointment: Appointment
    fee_cents: int
    refund_cents: int
