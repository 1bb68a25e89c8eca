"""What cancelling and not coming cost: decided once, by the booking's policy (I9, SPEC 4.5)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from holdfast.http.wire import wire_time
from tests.support.api import Api, problem
from tests.support.make import Make, User, soon


async def book(api: Api, make: Make, client: User, days: float, **policy: Any) -> dict[str, Any]:
    """An appointment so many days ahead, of a service with this policy."""
    place = make.place(service_id=make.service(**policy))
    return await api.booked(client, place, make.slot(place, soon(days=days)))


async def cancel(api: Api, user: User, appointment: Any, **body: Any) -> dict[str, Any]:
    path = f"/appointments/{appointment['id']}/cancel"
    answer = await api.post(path, user, key="new", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


CENTS = {"late_fee_percent": None, "late_fee_cents": 1200}


@pytest.mark.parametrize(
    ("policy", "days", "fee"),
    [
        ({"late_fee_percent": 50}, 2, 0),  # early
        ({"late_fee_percent": 50}, 0, 2500),
        ({"late_fee_percent": 33, "price_cents": 9999}, 0, 3299),  # 3299.67: never rounded up
        ({"late_fee_percent": 1, "price_cents": 99}, 0, 0),
        ({"late_fee_percent": 100, "price_cents": 1_000_000_000}, 0, 1_000_000_000),
        (CENTS, 0, 1200),
        ({**CENTS, "price_cents": 1000}, 0, 1000),  # never more than the price
        ({**CENTS, "free_until_hours": 0}, 0, 0),  # free until it begins
        ({**CENTS, "free_until_hours": 8760}, 300, 1200),
        ({"late_fee_percent": None}, 0, 0),  # a policy without a fee
        ({"late_fee_percent": 50, "price_cents": 0}, 0, 0),
    ],
)
async def test_what_a_cancel_costs(
    api: Api, make: Make, policy: dict[str, Any], days: float, fee: int
) -> None:
    client = make.client()
    appointment = await book(api, make, client, days, **policy)
    price = policy.get("price_cents", 5000)
    hours = policy.get("free_until_hours", 24)
    until = datetime.fromisoformat(appointment["start"]) - timedelta(hours=hours)
    assert appointment["cancellationPolicy"]["refundableUntil"] == wire_time(until)
    quote = await api.get(f"/appointments/{appointment['id']}/cancellation", client)
    assert quote.json() == {
        "feeCents": fee,
        "refundCents": price - fee,
        "refundableUntil": wire_time(until),
        "currency": "EUR",
    }
    done = await cancel(api, client, appointment)
    assert done.keys() == {"appointment", "feeCents", "refundCents"}
    assert (done["feeCents"], done["refundCents"]) == (fee, price - fee)
    assert (done["appointment"]["status"], done["appointment"]["slotId"]) == ("cancelled", None)


async def test_the_policy_is_the_one_of_the_booking(api: Api, make: Make) -> None:
    client = make.client()
    appointment = await book(api, make, client, 0)
    make.db.execute(
        "UPDATE services SET late_fee_percent = 100, price_cents = 1, free_until_hours = 0"
    )
    later = await api.get(f"/appointments/{appointment['id']}", client)
    assert later.json()["cancellationPolicy"] == appointment["cancellationPolicy"]
    assert (await cancel(api, client, appointment))["feeCents"] == 2500


async def test_a_request_costs_nothing(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    waiting = (await api.book_at(client, place, soon(days=0))).json()
    done = await cancel(api, client, waiting)
    assert (done["feeCents"], done["refundCents"]) == (0, 5000)


async def test_staff_waive_with_a_reason(api: Api, make: Make) -> None:
    client = make.client()
    appointment = await book(api, make, client, 0)
    staff = make.operator()
    path = f"/appointments/{appointment['id']}"
    refused = await api.post(f"{path}/cancel", client, key="new", json={"waiveFee": True})
    problem(refused, 403, "forbidden")
    done = await cancel(api, staff, appointment, waiveFee=True, reason="We were closed")
    assert (done["feeCents"], done["refundCents"]) == (0, 5000)
    entry = (await api.get(f"{path}/audit", client)).json()["items"][-1]
    assert (entry["action"], entry["reason"]) == ("cancelled", "We were closed")
    assert entry["changes"]["feeWaived"] == {"from": False, "to": True}
    assert entry["changes"]["feeCents"] == {"from": None, "to": 0}
    assert entry["actor"]["type"] == "operator"


async def test_staff_cancel_for_the_usual_fee(api: Api, make: Make) -> None:
    appointment = await book(api, make, make.client(), 0)
    assert (await cancel(api, make.admin(), appointment, waiveFee=False))["feeCents"] == 2500


@pytest.mark.parametrize(("fee", "price", "taken"), [(4000, 5000, 4000), (4000, 3000, 3000)])
async def test_not_coming_costs(api: Api, make: Make, fee: int, price: int, taken: int) -> None:
    client, staff = make.client(), make.operator()
    appointment = await book(api, make, client, 2, no_show_fee_cents=fee, price_cents=price)
    path = f"/appointments/{appointment['id']}"
    make.begin(appointment["id"])
    missed = await api.post(f"{path}/no-show", staff, json={"reason": "Waited an hour"})
    assert (missed.json()["status"], missed.json()["slotId"]) == ("no_show", None)
    entry = (await api.get(f"{path}/audit", client)).json()["items"][-1]
    assert (entry["action"], entry["reason"]) == ("no_show", "Waited an hour")
    assert entry["changes"]["feeCents"] == {"from": None, "to": taken}
    assert entry["changes"]["refundCents"] == {"from": None, "to": price - taken}


async def test_the_fee_is_decided_once(api: Api, make: Make) -> None:
    client, staff, admin = make.client(), make.operator(), make.admin()
    appointment = await book(api, make, client, 0)
    path = f"/appointments/{appointment['id']}"
    assert (await cancel(api, client, appointment))["feeCents"] == 2500
    for action, user in (("cancel", staff), ("no-show", staff), ("complete", staff)):
        again = await api.post(f"{path}/{action}", user, key="new", json={})
        problem(again, 409, "invalid_transition")
    problem(await api.get(f"{path}/cancellation", client), 409, "invalid_transition")
    await api.delete(path, staff, headers={"If-Match": "*"})
    assert (await api.post(f"{path}/restore", admin)).status_code == 200
    row = make.one("SELECT fee_cents, refund_cents, version FROM appointments")
    assert tuple(row.values()) == (2500, 2500, 4)


async def test_a_slot_is_free_the_moment_its_appointment_ends(api: Api, make: Make) -> None:
    place, other, staff = make.place(), make.client(), make.operator()

    async def cancelled(client: User, slot_id: Any) -> None:
        await cancel(api, client, await api.booked(client, place, slot_id))

    async def missed(client: User, slot_id: Any) -> None:
        booked = await api.booked(client, place, slot_id)
        make.begin(booked["id"])
        assert (await api.post(f"/appointments/{booked['id']}/no-show", staff)).status_code == 200
        again = soon(days=8)  # ahead, so that somebody may take it
        make.db.execute(
            "UPDATE slots SET start_at = %s, end_at = %s + interval '30 minutes' WHERE id = %s",
            [again, again, slot_id],
        )

    async def deleted(client: User, slot_id: Any) -> None:
        booked = await api.booked(client, place, slot_id)
        path = f"/appointments/{booked['id']}"
        await api.delete(path, staff, headers={"If-Match": "*"})

    for end, slot_id in zip((cancelled, missed, deleted), make.slots(place, 3), strict=True):
        await end(make.client(), slot_id)
        assert (await api.reserve(other, place, slot_id)).status_code == 201, end
