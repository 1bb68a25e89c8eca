"""Which deliveries a filter finds, the latest first (`find.sql`)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from holdfast.deliveries.model import Channel
from holdfast.deliveries.schemas import DeliveryFilter, Purpose, State
from holdfast.deliveries.steering import FIND
from holdfast.http.pagination import SCAN_LIMIT
from holdfast.http.wire import EARLIEST, LATEST, wire_time
from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one
from holdfast.kernel.errors import Refusal

LAST_NUMBER = 2**63 - 1
# Up to so many people, the deliveries of each are looked up; of more, a walk along all soon comes
# across some.
FEW_PEOPLE = 500
_MARGIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries; None asks for nothing. `is_unresent`: only what was not sent again."""

    channel: Channel | None = None
    state: State | None = None
    purpose: Purpose | None = None
    user_id: UUID | None = None
    appointment_id: UUID | None = None
    endpoint_id: UUID | None = None
    start: datetime | None = None
    end: datetime | None = None
    q: str | None = None
    is_unresent: bool = False

    def as_parameter(self) -> Jsonb:
        """The form in which `delivery_fits()` takes it."""
        facts: dict[str, Any] = {
            "channel": self.channel,
            "state": self.state,
            "purpose": self.purpose,
            "userId": str(self.user_id) if self.user_id else None,
            "appointmentId": str(self.appointment_id) if self.appointment_id else None,
            "endpointId": str(self.endpoint_id) if self.endpoint_id else None,
            "from": wire_time(self.start) if self.start else None,
            "to": wire_time(self.end) if self.end else None,
            "unresent": self.is_unresent or None,
        }
        return Jsonb({name: value for name, value in facts.items() if value is not None})


def wanted_by(given: DeliveryFilter) -> Wanted:
    """The filter of a body."""
    return Wanted(
        given.channel,
        given.state,
        given.purpose,
        given.user_id,
        given.appointment_id,
        given.endpoint_id,
        given.from_,
        given.to,
        given.q,
    )


async def found(connection: Connection, wanted: Wanted, before: int, limit: int) -> list[Row]:
    """Rows of number, id, is_shown, and scan_ended on one that says how far was looked.

    Args:
        before: only deliveries with smaller numbers.
        limit: how many rows at most.
    Raises:
        Refusal: `invalid_time_range`.
    """
    if wanted.start and wanted.end and wanted.end <= wanted.start:
        raise Refusal("invalid_time_range", "The end must be after the start.")
    q = wanted.q.strip() if wanted.q else None
    parameters: dict[str, Any] = {
        "filter": wanted.as_parameter(),
        "after": 0,
        "before": before,
        "limit": limit,
        "scan": SCAN_LIMIT,
        "q": q or None,
    }
    if wanted.start or wanted.end:
        await _between(connection, wanted, parameters)
    target = wanted.appointment_id or wanted.user_id or wanted.endpoint_id
    if target is not None:
        return await fetch_all(connection, _by_target(wanted), {**parameters, "target_id": target})
    if q:
        people = await fetch_all(connection, FIND.people, {"q": q, "limit": FEW_PEOPLE + 1})
        if len(people) > FEW_PEOPLE:
            return await fetch_all(connection, FIND.of_many_people, parameters)
        ids = [row["id"] for row in people]
        return await fetch_all(connection, FIND.of_people, {**parameters, "user_ids": ids})
    if wanted.state or wanted.channel or wanted.purpose:
        return await fetch_all(connection, FIND.of_kinds, {**parameters, **_kinds(wanted)})
    return await fetch_all(connection, FIND.latest, parameters)


async def documents(connection: Connection, ids: list[UUID], view: str) -> dict[UUID, Any]:
    """Deliveries as the API shows them.

    Args:
        view: full, staff or own (`delivery_document()`).
    """
    rows = await fetch_all(connection, FIND.documents, {"ids": ids, "view": view})
    return {row["id"]: row["document"] for row in rows}


async def _between(connection: Connection, wanted: Wanted, parameters: dict[str, Any]) -> None:
    """Narrow the walk to the numbers of the period."""
    first = max(wanted.start or EARLIEST, EARLIEST + _MARGIN) - _MARGIN
    end = min(wanted.end or LATEST, LATEST - _MARGIN) + _MARGIN
    row = await fetch_one(
        connection,
        FIND.number_range,
        {"first_id": _first_id_at(first), "end_id": _first_id_at(end)},
    )
    assert row is not None
    parameters["after"] = row["after"] or 0
    parameters["before"] = min(parameters["before"], row["before"] or LAST_NUMBER)


def _first_id_at(moment: datetime) -> UUID:
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _by_target(wanted: Wanted) -> LiteralString:
    if wanted.appointment_id is not None:
        return FIND.of_appointment
    return FIND.of_user if wanted.user_id is not None else FIND.of_endpoint


def _kinds(wanted: Wanted) -> dict[str, list[str]]:
    def of(value: str | None, all_values: Any) -> list[str]:
        return [value] if value else list(all_values.__args__)

    return {
        "states": of(wanted.state, State),
        "channels": of(wanted.channel, Channel),
        "purposes": of(wanted.purpose, Purpose),
    }
