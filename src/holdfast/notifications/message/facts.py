"""What a message is about, read right before it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.deliveries.model import Claimed
from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.notifications.message")


@dataclass(frozen=True, slots=True)
class Facts:
    """Who is told, of what.

    row: the person, and the appointment as it is now (`queries.sql`, facts).
    changes: what was otherwise when they were last told, by field.
    endpoint: a webhook endpoint, for a message about one. calendar: likewise.
    """

    row: Mapping[str, Any]
    changes: tuple[Mapping[str, Any], ...] = ()
    endpoint: Mapping[str, Any] | None = None
    calendar: Mapping[str, Any] | None = None

    @property
    def locale(self) -> str:
        return self.row["locale"]

    @property
    def facility_id(self) -> UUID | None:
        return self.row["facility_id"]

    @property
    def has_appointment(self) -> bool:
        return self.row["appointment_id"] is not None

    @property
    def start_at(self) -> datetime | None:
        return self.row["start_at"]


async def facts_of(connection: Connection, delivery: Claimed) -> Facts | None:
    """The facts of a delivery to a person; None when there is no such person any more."""
    row = await facts_about(connection, delivery.user_id, delivery.appointment_id)
    if row is None:
        return None
    changes: list[Row] = []
    if delivery.purpose == "rescheduled":
        changes = await fetch_all(
            connection,
            QUERIES.changes,
            {
                "appointment_id": delivery.appointment_id,
                "user_id": delivery.user_id,
                "channel": delivery.channel,
                "delivery_id": delivery.id,
                "position": delivery.position,
            },
        )
    endpoint = None
    if delivery.endpoint_id is not None:
        endpoint = await fetch_one(
            connection, QUERIES.endpoint, {"endpoint_id": delivery.endpoint_id}
        )
    calendar = None
    if delivery.connection_id is not None:
        calendar = await fetch_one(
            connection, QUERIES.calendar, {"connection_id": delivery.connection_id}
        )
    return Facts(row, tuple(changes), endpoint, calendar)


async def facts_about(
    connection: Connection, user_id: UUID | None, appointment_id: UUID | None
) -> Row | None:
    """A person and an appointment, as `queries.sql` has them."""
    return await fetch_one(
        connection, QUERIES.facts, {"user_id": user_id, "appointment_id": appointment_id}
    )
