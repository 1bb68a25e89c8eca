"""Wire models of appointments (SPEC 4.5)."""

from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic.alias_generators import to_camel

from holdfast.http.idempotency import KeyedRequest
from holdfast.http.wire import Id, Instant, Paragraph, WireModel

Priority = Literal["normal", "vip", "urgent"]
Status = Literal["requested", "confirmed", "completed", "no_show", "cancelled"]
AuditAction = Literal[
    "created",
    "confirmed",
    "accepted",
    "rescheduled",
    "cancelled",
    "updated",
    "attendance_confirmed",
    "completed",
    "no_show",
    "reopened",
    "deleted",
    "restored",
]
_BY_RESERVATION = {"reservation_token"}
_DIRECTLY = {"provider_id", "service_id", "facility_id", "start", "end", "if_unavailable"}


class BookRequest(KeyedRequest):
    """Books a reserved slot (`reservationToken`), or a time directly (the other fields)."""

    reservation_token: str | None = Field(default=None, max_length=200)
    provider_id: Id | None = None
    service_id: Id | None = None
    facility_id: Id | None = None
    start: Instant | None = None
    end: Instant | None = Field(
        default=None, description="For staff; a client's is `start` and the service's duration."
    )
    if_unavailable: Literal["request", "fail"] = Field(
        default="request", description="What to do when the time is not free."
    )
    user_id: Id | None = Field(
        default=None, description="Staff must give it, unless a reservationToken says for whom."
    )
    notes: Paragraph | None = None
    priority: Priority = Field(default="normal", description="Clients: `normal` only.")

    @model_validator(mode="after")
    def _one_way(self) -> "BookRequest":
        given = self.model_fields_set
        if self.reservation_token is not None:
            extra = sorted(to_camel(name) for name in given & _DIRECTLY)
            if extra:
                raise ValueError(
                    f"reservationToken already decides provider, service and time; "
                    f"leave out {', '.join(extra)}"
                )
        else:
            missing = [
                name
                for name, value in (
                    ("providerId", self.provider_id),
                    ("serviceId", self.service_id),
                    ("start", self.start),
                )
                if value is None
            ]
            if missing:
                raise ValueError(
                    f"give a reservationToken, or providerId, serviceId and start "
                    f"(missing: {', '.join(missing)})"
                )
        return self


class CancellationPolicy(WireModel):
    """Until when cancelling is free, and what a later cancel costs."""

    refundable_until: Instant
    fee_cents: int


class AuditActor(WireModel):
    """Who made a change."""

    id: Id | None
    type: Literal["user", "provider", "operator", "admin", "system"]
    name: str


class FieldChange(WireModel):
    """A field's value before and after."""

    from_: Any = Field(alias="from")
    to: Any


class AuditEntry(WireModel):
    """One change, chained to the one before by hash."""

    id: Id
    appointment_id: Id
    version: int
    action: AuditAction
    actor: AuditActor
    timestamp: Instant
    previous_status: Status | None
    new_status: Status
    reason: str | None
    changes: dict[str, FieldChange]
    previous_hash: str | None
    hash: str
    via: Literal["link"] | None = Field(
        default=None, description="`link`: through a mail's link; otherwise left out."
    )


class Contact(WireModel):
    """How staff reach an appointment's client."""

    name: str
    phone: str | None
    email: str | None


class Appointment(WireModel):
    """An appointment; `slotId` is null while it is requested and once it has freed its slot."""

    id: Id
    user_id: Id
    user_name: str
    provider_id: Id
    provider_name: str
    facility_id: Id | None
    facility_name: str | None
    service_id: Id
    service_title: str
    slot_id: Id | None
    start: Instant
    end: Instant
    timezone: str
    status: Status
    priority: Priority
    price_cents: int
    currency: str
    cancellation_policy: CancellationPolicy
    notes: str | None
    client_confirmed_at: Instant | None
    fee_cents: int | None = Field(description="Decided when it was cancelled or missed.")
    refund_cents: int | None
    version: int
    created_at: Instant
    updated_at: Instant
    deleted_at: Instant | None
    client: Contact | None = Field(
        default=None, description="For staff only, where appointments are read."
    )


class AppointmentWithAudit(Appointment):
    """An appointment with its whole history, oldest first."""

    audit: list[AuditEntry]
