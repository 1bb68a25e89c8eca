"""Nothing that a client does lowers what its own late cancel costs (SPEC §3: I9)."""

from datetime import datetime, timedelta
from typing import Any, LiteralString

import pytest
from psycopg.errors import CheckViolation

from holdfast.http.wire import wire_time
from tests.support.api import Api, problem
from tests.support.appointments import appointment
from tests.support.make import Make, Place, User, soon


async def move(
    api: Api, make: Make, mover: User, client: User, place: Place, path: str, days: float
) -> dict[str, Any]:
    given = {} if mover is client else {"userId": str(client.id)}
    slot_id = make.slot(place, soon(days=days))
    token = (await api.reserve(mover, place, slot_id, **given)).json()["reservationToken"]
    moved = await api.post(
        f"{path}/reschedule", mover, key="new", json={"reservationToken": token, "reason": "x"}
    )
    assert moved.status_code == 200, moved.text
    return moved.json()


def until(appointment: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(appointment["cancellationPolicy"]["refundableUntil"])


async def test_moving_first_does_not_make_a_late_cancel_free(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    made = await api.booked(client, place, make.slot(place, soon(days=0)))
    path = f"/appointments/{made['id']}"
    quote = (await api.get(f"{path}/cancellation", client)).json()
    assert quote["feeCents"] == 2500
    moved = await move(api, make, client, client, place, path, 60)
    assert moved["cancellationPolicy"] == made["cancellationPolicy"]
    assert (await api.get(f"{path}/cancellation", client)).json() == quote
    cancelled = (await api.post(f"{path}/cancel", client, key="new")).json()
    assert (cancelled["feeCents"], cancelled["refundCents"]) == (2500, 2500)
    shown = (await api.get(path, client)).json()
    assert (shown["feeCents"], shown["refundCents"]) == (2500, 2500)


async def test_a_client_only_brings_the_limit_forward(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    made = await api.booked(client, place, make.slot(place, soon(days=20)))
    path = f"/appointments/{made['id']}"
    limits = [until(made)]
    for days in (30, 10, 40, 25, 3):
        moved = await move(api, make, client, client, place, path, days)
        limits.append(until(moved))
        by_policy = datetime.fromisoformat(moved["start"]) - timedelta(hours=24)
        assert limits[-1] == min(limits[-2], by_policy)
    assert limits == sorted(limits, reverse=True)
    changes = (await api.get(f"{path}/audit", client)).json()["items"][2]["changes"]
    assert changes["refundableUntil"] == {
        "from": wire_time(limits[1]),
        "to": wire_time(limits[2]),
    }
    # As it was then.
    entry = (await api.get(f"{path}/audit", client)).json()["items"][1]
    as_of = await api.get(path, client, params={"asOf": entry["timestamp"]})
    assert until(as_of.json()) == limits[1]


async def test_a_move_by_staff_sets_the_limit_by_the_policy(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    made = await api.booked(client, place, make.slot(place, soon(days=0)))
    path = f"/appointments/{made['id']}"
    moved = await move(api, make, make.operator(), client, place, path, 9)
    assert until(moved) == datetime.fromisoformat(moved["start"]) - timedelta(hours=24)
    assert (await api.get(f"{path}/cancellation", client)).json()["feeCents"] == 0


async def test_nothing_else_moves_the_limit(api: Api, make: Make) -> None:
    place, client, staff, admin = make.place(), make.client(), make.operator(), make.admin()
    made = await api.booked(client, place, make.slot(place, soon(days=0)))
    path = f"/appointments/{made['id']}"
    limit = until(await move(api, make, client, client, place, path, 30))
    dear = make.service(price_cents=9000, late_fee_percent=1, free_until_hours=0)
    make.db.execute("INSERT INTO provider_services VALUES (%s, %s)", [place.provider_id, dear])
    for user, body in ((client, {"notes": "x"}), (staff, {"serviceId": str(dear)})):
        edited = await api.patch(path, user, json=body, headers={"If-Match": "*"})
        assert edited.status_code == 200, edited.text
    assert (await api.post(f"{path}/confirm-attendance", client)).status_code == 200
    await api.delete(path, staff, headers={"If-Match": "*"})
    assert (await api.post(f"{path}/restore", admin)).status_code == 200
    shown = (await api.get(path, client)).json()
    assert until(shown) == limit
    assert shown["cancellationPolicy"]["feeCents"] == 4500, "half of the new price, as booked"


def test_the_database_refuses_what_a_client_may_not_do(make: Make) -> None:
    place, client = make.place(), make.client()
    made = appointment(make, place, client, soon(days=2), status="confirmed")
    changes: tuple[LiteralString, ...] = (
        "refundable_until = refundable_until + interval '1 second'",
        "price_cents = 1",
    )
    for change in changes:
        with make.db.transaction(force_rollback=True):
            make.db.execute("SELECT act_as(%s)", [client.actor.as_parameter()])
            with pytest.raises(CheckViolation, match="may not lower"):
                make.db.execute("UPDATE appointments SET " + change + " WHERE id = %s", [made])


async def test_bulk_cancels_waive_unless_told_otherwise(api: Api, make: Make) -> None:
    client, staff = make.client(), make.operator()
    place = make.place()
    made = [
        (await api.booked(client, place, slot_id))["id"]
        for slot_id in make.slots(place, 3, soon(days=0))
    ]
    for number, (waives, fee) in enumerate(((None, 0), (True, 0), (False, 2500))):
        body: dict[str, Any] = {"action": "cancel", "ids": [made[number]], "reason": "Ill"}
        if waives is not None:
            body["waiveFee"] = waives
        answer = await api.post("/appointments/bulk", staff, json=body)
        assert answer.json()["results"][0]["status"] == 200, answer.text
        shown = (await api.get(f"/appointments/{made[number]}", client)).json()
        assert (shown["feeCents"], shown["refundCents"]) == (fee, 5000 - fee)
    for wrong in ({"waiveFee": "yes"}, {"waiveFee": None}, {"waiveFee": 1}):
        body = {"action": "cancel", "ids": [made[0]], **wrong}
        refused = problem(
            await api.post("/appointments/bulk", staff, json=body), 422, "validation_failed"
        )
        assert [error["field"] for error in refused["details"]["errors"]] == ["waiveFee"]
    body = {"action": "delete", "ids": [made[0]], "waiveFee": True}
    refused = problem(
        await api.post("/appointments/bulk", staff, json=body), 422, "validation_failed"
    )
    assert [error["field"] for error in refused["details"]["errors"]] == ["waiveFee"]
