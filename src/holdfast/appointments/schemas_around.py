"""Wire models of what stands around an appointment (SPEC 4.5): shares, comments, bulk actions."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from holdfast.appointments.schemas import Priority, Status
from holdfast.http.idempotency import KeyedRequest
from holdfast.http.wire import Boolean, Id, Instant, Paragraph, Reason, WireModel

BulkAction = Literal["cancel", "complete", "no_show", "delete", "set_priority"]
BULK_LIMIT = 100
_ABSENT: Any = None


class Share(WireModel):
    """A new link; its secret is shown this once. It ends 30 days after the appointment is over;
    `expiresAt` moves with the appointment."""

    id: Id
    url: str
    secret: str
    expires_at: Instant


class SharedAppointment(WireModel):
    """What a link shows: when, where, what and with whom."""

    start: Instant
    end: Instant
    timezone: str
    status: Status
    service_title: str
    provider_name: str
    facility_name: str | None
    facility_address: str | None


class CommentRequest(KeyedRequest):
    """What to say."""

    body: Annotated[Paragraph, StringConstraints(min_length=1, pattern=r"\S")]


class Author(WireModel):
    """Who wrote a comment."""

    id: Id
    name: str


class Comment(WireModel):
    """A contribution to staff's own discussion of an appointment."""

    id: Id
    appointment_id: Id
    author: Author
    body: str
    created_at: Instant


class BulkRequest(KeyedRequest):
    """One action for several appointments; `priority` belongs to `set_priority`, `waiveFee`
    to `cancel`."""

    action: BulkAction
    ids: list[Id] = Field(min_length=1, max_length=BULK_LIMIT)
    priority: Priority | None = None
    reason: Reason | None = None
    # Absent is allowed, null is not: the default is never looked at.
    waive_fee: Boolean = Field(
        default=_ABSENT,
        description="Of `cancel`: whether clients are spared the fee. True when left out.",
    )

    @property
    def waives_fee(self) -> bool:
        """Whether a cancel is free of charge."""
        return self.waive_fee if "waive_fee" in self.model_fields_set else True

    @field_validator("waive_fee")
    @classmethod
    def _of_a_cancel(cls, waives: bool, info: ValidationInfo) -> bool:
        if info.data.get("action", "cancel") != "cancel":
            raise ValueError("belongs to cancel, and only there")
        return waives

    @model_validator(mode="after")
    def _makes_sense(self) -> "BulkRequest":
        if len(set(self.ids)) < len(self.ids):
            raise ValueError("ids: each may occur once")
        if (self.action == "set_priority") != (self.priority is not None):
            raise ValueError("priority: needed for set_priority, and only there")
        return self


class BulkResult(WireModel):
    """What became of one appointment: the status (and, when refused, the scenario) that the action
    would have been answered with by itself, and the new version."""

    id: Id
    status: int = Field(examples=[200])
    scenario: str | None = None
    version: int | None = None


class BulkAnswer(WireModel):
    """One result for each id, in the order of the request."""

    results: list[BulkResult]
