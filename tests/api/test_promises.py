"""A reservation promises price, policy and duration, whatever the service becomes (SPEC 4.4)."""

from typing import Any

import pytest

from tests.support.api import Api
from tests.support.make import Make, Place, User, soon

WORSE: dict[str, Any] = {
    "priceCents": 99900,
    "currency": "USD",
    "durationMinutes": 60,
    "cancellationPolicy": {"freeUntilHours": 2000, "lateFeePercent": 100, "noShowFeeCents": 99900},
}


async def change_service(api: Api, admin: User, place: Place, change: dict[str, Any]) -> None:
    path = f"/services/{place.service_id}"
    answer = await api.patch(path, admin, json=change, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text


async def test_a_reserved_price_is_the_price_booked(api: Api, make: Make) -> None:
    place = make.place(service_id=make.service(price_cents=9000, late_fee_percent=10))
    client, admin = make.client(), make.admin()
    slot_id = make.slot(place, soon(days=9))
    made = (await api.reserve(client, place, slot_id)).json()
    assert (made["priceCents"], made["currency"]) == (9000, "EUR")
    token = made["reservationToken"]

    await change_service(api, admin, place, WORSE)

    again = await api.reserve(client, place, slot_id)
    if again.status_code == 200:  # not where the slot is too short by now
        assert again.json() == made
    for shown in (
        (await api.get(f"/reservations/{token}", client)).json(),
        (await api.post(f"/reservations/{token}/extend", client)).json(),
    ):
        assert (shown["priceCents"], shown["currency"]) == (9000, "EUR")
    booked = (await api.book(client, token)).json()
    assert (booked["priceCents"], booked["currency"]) == (9000, "EUR")
    assert booked["cancellationPolicy"]["feeCents"] == 900
    quote = (await api.get(f"/appointments/{booked['id']}/cancellation", client)).json()
    assert (quote["feeCents"], quote["refundCents"]) == (0, 9000), "free until 24 h before"
    minutes = make.one(
        "SELECT (extract(epoch FROM end_at - start_at) / 60)::integer AS minutes FROM appointments"
    )
    assert minutes == {"minutes": 30}
    row = make.one("SELECT no_show_fee_cents, free_until_hours FROM appointments")
    assert row == {"no_show_fee_cents": 5000, "free_until_hours": 24}


async def test_a_new_reservation_has_the_new_price(api: Api, make: Make) -> None:
    place, client, admin = make.place(), make.client(), make.admin()
    first, second = make.slots(place, 2)
    await api.reserve(client, place, first)
    await change_service(api, admin, place, {"priceCents": 99900})
    assert (await api.reserve(client, place, second)).json()["priceCents"] == 99900
    assert (await api.reserve(client, place, first)).json()["priceCents"] == 5000, "its own, still"


async def test_staff_book_at_the_reserved_price_too(api: Api, make: Make) -> None:
    place, client, desk = make.place(), make.client(), make.operator()
    slot_id = make.slot(place)
    made = await api.reserve(desk, place, slot_id, userId=str(client.id))
    await change_service(api, make.admin(), place, {"priceCents": 99900})
    booked = await api.book(desk, made.json()["reservationToken"])
    assert booked.json()["priceCents"] == 5000


async def test_a_move_keeps_the_price_of_the_appointment(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    first, second = make.slots(place, 2, soon(days=5))
    booked = await api.booked(client, place, first)
    await change_service(
        api, make.admin(), place, {k: v for k, v in WORSE.items() if k != "durationMinutes"}
    )
    made = (await api.reserve(client, place, second)).json()
    assert made["priceCents"] == 99900
    path = f"/appointments/{booked['id']}/reschedule"
    body = {"reservationToken": made["reservationToken"]}
    moved = (await api.post(path, client, json=body, key="new")).json()
    assert (moved["priceCents"], moved["currency"]) == (5000, "EUR")
    assert moved["cancellationPolicy"]["feeCents"] == 2500


@pytest.mark.parametrize(
    "column", ["price_cents", "currency", "duration_minutes", "late_fee_cents"]
)
def test_the_server_cannot_change_a_promise(make: Make, column: str) -> None:
    row = make.one(
        "SELECT has_column_privilege('holdfast_server', 'reservations', %s, 'UPDATE') AS may",
        column,
    )
    assert row == {"may": False}
