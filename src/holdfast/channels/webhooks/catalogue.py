"""The types of events that an endpoint can ask for, each with a schema and an example."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

ANY_BOOKING = "booking.*"
ANY_LOCK = "lock.*"

_ID = {"type": "string", "format": "uuid"}
_TIME = {"type": "string", "format": "date-time"}
_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}


def _maybe(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {**schema, "type": [schema["type"], "null"]}


_APPOINTMENT_SCHEMA: Final = {
    "type": "object",
    "description": "Fields of the appointment; only those that changed, with their new values.",
    "properties": {
        "id": _ID,
        "userId": _ID,
        "providerId": _ID,
        "providerName": _TEXT,
        "facilityId": _maybe(_ID),
        "facilityName": _maybe(_TEXT),
        "serviceId": _ID,
        "serviceTitle": _TEXT,
        "slotId": _maybe(_ID),
        "start": _TIME,
        "end": _TIME,
        "timezone": _TEXT,
        "status": {
            "type": "string",
            "enum": ["requested", "confirmed", "cancelled", "completed", "no_show"],
        },
        "priority": _TEXT,
        "priceCents": _NUMBER,
        "currency": _TEXT,
        "cancellationPolicy": {
            "type": "object",
            "properties": {"refundableUntil": _maybe(_TIME), "feeCents": _maybe(_NUMBER)},
        },
        "clientConfirmedAt": _maybe(_TIME),
        "feeCents": _maybe(_NUMBER),
        "refundCents": _maybe(_NUMBER),
        "version": _NUMBER,
        "createdAt": _TIME,
        "updatedAt": _TIME,
        "deletedAt": _maybe(_TIME),
    },
}
_BOOKING_SCHEMA: Final = {
    "type": "object",
    "required": ["appointmentId", "version", "userId", "providerId", "updates"],
    "properties": {
        "appointmentId": _ID,
        "version": {**_NUMBER, "description": "Of the appointment; grows by one with each event."},
        "userId": _ID,
        "providerId": _ID,
        "previousProviderId": {
            **_maybe(_ID),
            "description": "Whose it was before, where there was somebody.",
        },
        "updates": _APPOINTMENT_SCHEMA,
        "whole": {
            **_APPOINTMENT_SCHEMA,
            "description": "All fields, when it came from another provider.",
        },
    },
}
_TIMESLOT_SCHEMA: Final = {
    "type": "object",
    "required": ["timeslotId", "version", "providerId", "start", "date", "status"],
    "properties": {
        "timeslotId": _ID,
        "version": _NUMBER,
        "providerId": _ID,
        "serviceId": _maybe(_ID),
        "start": _TIME,
        "date": {**_TEXT, "format": "date", "description": "In the provider's time zone."},
        "status": {
            "type": "string",
            "enum": ["available", "held", "booked", "blocked", "deleted"],
        },
    },
}
_LOCK_SCHEMA: Final = {
    "type": "object",
    "required": ["appointmentId"],
    "properties": {
        "appointmentId": _ID,
        "lock": {
            "type": "object",
            "properties": {
                "userId": _ID,
                "createdAt": _TIME,
                "expiresAt": _TIME,
                "version": _NUMBER,
            },
        },
        "reason": _TEXT,
        "userId": _ID,
        "adminId": _ID,
    },
}

_APPOINTMENT_ID = "0192f0c1-5d3a-7c11-8f00-2a6b1f9e0001"
_USER_ID = "0192f0c1-5d3a-7c11-8f00-2a6b1f9e0002"
_PROVIDER_ID = "0192f0c1-5d3a-7c11-8f00-2a6b1f9e0003"
_SLOT_ID = "0192f0c1-5d3a-7c11-8f00-2a6b1f9e0006"
_APPOINTMENT: Final = {
    "id": _APPOINTMENT_ID,
    "userId": _USER_ID,
    "providerId": _PROVIDER_ID,
    "providerName": "Dr. Kim Weber",
    "facilityId": "0192f0c1-5d3a-7c11-8f00-2a6b1f9e0004",
    "facilityName": "Practice at the Park",
    "serviceId": "0192f0c1-5d3a-7c11-8f00-2a6b1f9e0005",
    "serviceTitle": "First visit",
    "slotId": _SLOT_ID,
    "start": "2026-03-02T09:00:00Z",
    "end": "2026-03-02T09:30:00Z",
    "timezone": "Europe/Berlin",
    "status": "confirmed",
    "priority": "normal",
    "priceCents": 5000,
    "currency": "EUR",
    "cancellationPolicy": {"refundableUntil": "2026-03-01T09:00:00Z", "feeCents": 2500},
    "clientConfirmedAt": None,
    "feeCents": None,
    "refundCents": None,
    "version": 1,
    "createdAt": "2026-02-20T10:15:00Z",
    "updatedAt": "2026-02-20T10:15:00Z",
    "deletedAt": None,
}
_LATER = "2026-02-21T08:00:00Z"


@dataclass(frozen=True, slots=True)
class EventType:
    """A type: its schema and its example are of `data`."""

    name: str
    description: str
    schema: Mapping[str, Any]
    example: Mapping[str, Any]
    is_only_named: bool = False

    def document(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "description": self.description,
            "onlyNamed": self.is_only_named,
            "schema": self.schema,
            "example": self.example,
        }


def _booking(name: str, description: str, version: int, updates: Mapping[str, Any]) -> EventType:
    more = {} if version == 1 else {"version": version, "updatedAt": _LATER}
    example = {
        "appointmentId": _APPOINTMENT_ID,
        "version": version,
        "userId": _USER_ID,
        "providerId": _PROVIDER_ID,
        "previousProviderId": None if version == 1 else _PROVIDER_ID,
        "updates": {**updates, **more},
    }
    return EventType(f"booking.{name}", description, _BOOKING_SCHEMA, example)


def _lock(name: str, description: str, **data: Any) -> EventType:
    example = {"appointmentId": _APPOINTMENT_ID, **data}
    return EventType(f"lock.{name}", description, _LOCK_SCHEMA, example, is_only_named=True)


_LOCK = {
    "userId": _USER_ID,
    "createdAt": "2026-02-21T07:58:00Z",
    "expiresAt": "2026-02-21T08:03:00Z",
    "version": 3,
}
_TYPES: Final = (
    _booking(
        "requested",
        "Somebody asked for a time that staff have to accept.",
        1,
        {**_APPOINTMENT, "status": "requested", "slotId": None},
    ),
    _booking("confirmed", "An appointment was booked, or a request accepted.", 1, _APPOINTMENT),
    _booking(
        "rescheduled",
        "An appointment was moved, or went to another provider.",
        2,
        {"start": "2026-03-03T09:00:00Z", "end": "2026-03-03T09:30:00Z"},
    ),
    _booking("updated", "Something else about an appointment changed.", 2, {"priority": "urgent"}),
    _booking(
        "cancelled",
        "An appointment was cancelled, or a request ended.",
        2,
        {"status": "cancelled", "feeCents": 0, "refundCents": 5000, "slotId": None},
    ),
    _booking("completed", "The visit took place.", 2, {"status": "completed"}),
    _booking("no_show", "The client did not come.", 2, {"status": "no_show", "feeCents": 5000}),
    _booking("deleted", "An appointment was deleted.", 2, {"deletedAt": _LATER, "slotId": None}),
    _booking("restored", "A deleted appointment is back.", 3, {"deletedAt": None}),
    EventType(
        "timeslot.updated",
        "A timeslot was made, held, booked, given back, blocked or deleted.",
        _TIMESLOT_SCHEMA,
        {
            "timeslotId": _SLOT_ID,
            "version": 4,
            "providerId": _PROVIDER_ID,
            "serviceId": None,
            "start": "2026-03-02T09:00:00Z",
            "date": "2026-03-02",
            "status": "booked",
        },
        is_only_named=True,
    ),
    _lock("acquired", "Somebody began to edit an appointment.", lock=_LOCK),
    _lock("updated", "An edit lock was renewed.", lock={**_LOCK, "version": 4}),
    _lock("released", "Nobody edits the appointment any more.", reason="released"),
    _lock("taken_over", "An administrator took an edit lock over.", adminId=_USER_ID, lock=_LOCK),
    _lock("takeover_requested", "Somebody asked the holder for an edit lock.", userId=_USER_ID),
    EventType(
        "webhook.test",
        "Sent by an administrator, to see whether an endpoint works.",
        {"type": "object", "properties": {"message": _TEXT}},
        {"message": "This is a test."},
        is_only_named=True,
    ),
)
EVENT_TYPES: Final[dict[str, EventType]] = {known.name: known for known in _TYPES}
PATTERNS: Final = {
    ANY_BOOKING: [name for name in EVENT_TYPES if name.startswith("booking.")],
    ANY_LOCK: [name for name in EVENT_TYPES if name.startswith("lock.")],
}
