"""Every event that subscribers receive, as models (SPEC §5); AsyncAPI is made of them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from holdfast.edit_locks.schemas import EditLock, Position
from holdfast.http.wire import Id, WireModel

Sequence = Annotated[int, Field(ge=1, description="Counts this channel's events, without gaps.")]


class Event(WireModel):
    """What every event says: where it was sent, and its place there."""

    channel: str
    sequence: Sequence


class BookingEvent(Event):
    """An appointment has changed; `version` is its version since then."""

    appointment_id: Id
    version: Annotated[int, Field(ge=1)]
    updates: dict[str, Any] = Field(
        description="The fields that changed with their new values, named as in an appointment."
    )


class TimeslotUpdated(Event):
    """A time slot can be taken, or no longer."""

    provider_id: Id
    service_id: Id | None = Field(description="The only service that it is for; null: any.")
    date: str = Field(pattern=r"^\d{4}-\d\d-\d\d$", description="In the provider's time zone.")
    timeslot_id: Id
    status: Literal["available", "held", "booked", "blocked", "deleted"]


class LockEvent(Event):
    """Somebody has taken an edit lock, renewed it, or moved in it. No e-mail address is told."""

    appointment_id: Id
    lock: EditLock


class LockReleased(Event):
    """An edit lock has ended."""

    appointment_id: Id
    reason: Literal["released", "expired", "force_released", "ended_by_client", "ended_by_staff"]


class Name(WireModel):
    """How a user is shown to others."""

    name: str


class AdminTakeover(Event):
    """An administrator has taken an edit lock."""

    appointment_id: Id
    admin_id: Id
    admin_info: Name
    lock: EditLock


class TakeoverRequested(Event):
    """Somebody asks the holder of an edit lock for it."""

    appointment_id: Id
    user_id: Id
    user_info: Name


class CursorGone(WireModel):
    """A user's cursor is no longer there: idle for 10 seconds, or disconnected."""

    channel: Annotated[str, Field(pattern=r"^appointment\.[0-9a-f-]{36}$")]
    appointment_id: Id
    user_id: Id


class CursorUpdate(CursorGone):
    """A user's cursor has moved. Not in the log: no sequence, no replay."""

    user_info: Name
    position: Position
    color: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]


BOOKING_EVENTS = tuple(
    f"booking.{what}"
    for what in (
        "requested",
        "confirmed",
        "rescheduled",
        "cancelled",
        "updated",
        "completed",
        "no_show",
        "deleted",
        "restored",
    )
)

EVENTS: dict[str, type[WireModel]] = {
    **dict.fromkeys(BOOKING_EVENTS, BookingEvent),
    "timeslot.updated": TimeslotUpdated,
    "lock-acquired": LockEvent,
    "lock-update": LockEvent,
    "lock-released": LockReleased,
    "admin-takeover": AdminTakeover,
    "takeover-requested": TakeoverRequested,
    "cursor-update": CursorUpdate,
    "cursor-gone": CursorGone,
}
