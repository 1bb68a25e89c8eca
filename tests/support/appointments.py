"""Appointments in any state, made past the API, and lists read to their end."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from holdfast.kernel.ids import new_id
from tests.support.api import Api
from tests.support.make import Make, Place, User

FREED = ("cancelled", "no_show")


def appointment(
    make: Make,
    place: Place,
    client: User,
    start: datetime,
    *,
    status: str = "requested",
    priority: str = "normal",
) -> UUID:
    """Half an hour; a confirmed or completed one gets a slot of its own."""
    appointment_id = new_id()
    live = status in ("confirmed", "completed")
    with make.db.transaction():
        slot_id = make.slot(place, start) if live else None
        make.db.execute(
            "INSERT INTO appointments (id, user_id, provider_id, facility_id, service_id, slot_id, "
            "start_at, end_at, status, priority, price_cents, currency, free_until_hours, "
            "no_show_fee_cents, fee_cents, refund_cents) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 5000, 'EUR', 24, 5000, %s, %s)",
            [
                appointment_id,
                client.id,
                place.provider_id,
                place.facility_id,
                place.service_id,
                slot_id,
                start,
                start + timedelta(minutes=30),
                status,
                priority,
                0 if status in FREED else None,
                5000 if status in FREED else None,
            ],
        )
        if live:
            make.db.execute(
                "UPDATE slots SET status = 'booked', appointment_id = %s WHERE id = %s",
                [appointment_id, slot_id],
            )
    return appointment_id


async def nothing_happens(page: int) -> None:
    """Between the pages of a list that stands still."""


async def read_all(
    api: Api,
    path: str,
    user: User,
    params: Mapping[str, Any] | None = None,
    *,
    limit: int = 100,
    between: Callable[[int], Awaitable[None]] = nothing_happens,
) -> list[dict[str, Any]]:
    """The items of a whole list, page by page; `between` is called after each page."""
    items: list[dict[str, Any]] = []
    cursor = None
    for page in range(1000):
        asked = {**(params or {}), "limit": limit, **({"cursor": cursor} if cursor else {})}
        answer = await api.get(path, user, params=asked)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert len(body["items"]) <= limit
        items += body["items"]
        cursor = body["nextCursor"]
        if cursor is None:
            return items
        await between(page)
    raise AssertionError("the list has no end")
