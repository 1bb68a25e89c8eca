"""What is told of one event of the log, by webhook and by Kafka: CloudEvents 1.0
(SPEC-deliveries §5, §6).

An endpoint or a topic is trusted with the fact of an appointment, and no more. So what may be told
is named here, and what is not named is left out. Contact data, clients' names, notes, comments and
reasons are read over the API, by those who may.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from holdfast.http.wire import wire_time

CONTENT_TYPE = "application/cloudevents+json"

# Of an appointment, as the API shows it to staff.
APPOINTMENT_FIELDS = frozenset(
    {
        "id",
        "userId",
        "providerId",
        "providerName",
        "facilityId",
        "facilityName",
        "serviceId",
        "serviceTitle",
        "slotId",
        "start",
        "end",
        "timezone",
        "status",
        "priority",
        "priceCents",
        "currency",
        "cancellationPolicy",
        "clientConfirmedAt",
        "feeCents",
        "refundCents",
        "version",
        "createdAt",
        "updatedAt",
        "deletedAt",
    }
)
BOOKING_FIELDS = ("appointmentId", "version", "userId", "providerId", "previousProviderId")
TIMESLOT_FIELDS = ("timeslotId", "version", "providerId", "serviceId", "start", "status")
LOCK_FIELDS = ("appointmentId", "reason", "userId", "adminId")
LOCK_PARTS = ("userId", "createdAt", "expiresAt", "version")


def data_of(topic: str, payload: Mapping[str, Any], timezone: str | None) -> dict[str, Any]:
    """What may be told of an event.

    Args:
        payload: of the outbox. timezone: the provider's, for a timeslot.
    """
    if topic == "bookings":
        data = _only(payload, BOOKING_FIELDS)
        data["updates"] = _only(payload["updates"], APPOINTMENT_FIELDS)
        if "whole" in payload:
            data["whole"] = _only(payload["whole"], APPOINTMENT_FIELDS)
        return data
    if topic == "availability":
        start = datetime.fromisoformat(payload["start"]).astimezone(ZoneInfo(timezone or "UTC"))
        return {**_only(payload, TIMESLOT_FIELDS), "date": start.date().isoformat()}
    data = _only(payload, LOCK_FIELDS)
    if payload.get("lock"):
        data["lock"] = _only(payload["lock"], LOCK_PARTS)
    return data


def event_body(
    *,
    source: str,
    position: int,
    type: str,
    topic: str,
    key: object,
    at: datetime,
    data: Mapping[str, Any],
) -> bytes:
    """The event as CloudEvents' JSON (structured mode).

    Args:
        source: where this server is reached. key: of the outbox: the appointment, or the provider.
    """
    subject = f"timeslot/{data['timeslotId']}" if topic == "availability" else f"appointment/{key}"
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": str(position),
            "source": source,
            "type": type,
            "subject": subject,
            "time": wire_time(at),
            "datacontenttype": "application/json",
            "sequence": f"{position:020}",
            "partitionkey": str(key),
            "data": data,
        }
    )


def trial_body(*, source: str, id: str, type: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    """The body of a test: no event of the log, and so without `sequence`."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": id,
            "source": source,
            "type": type,
            "time": wire_time(at),
            "datacontenttype": "application/json",
            "data": data,
        }
    )


def _only(values: Mapping[str, Any], names: Any) -> dict[str, Any]:
    return {name: values[name] for name in values if name in names}
