"""What may still be done to an appointment once it has begun, and what not before (SPEC 4.5)."""

from typing import Any
from uuid import UUID

import pytest

from tests.support.api import Api, problem
from tests.support.appointments import appointment
from tests.support.make import Make, Place, User, soon


async def begun(api: Api, make: Make, client: User, place: Place) -> str:
    """The path of an appointment that began some minutes ago."""
    made = await api.booked(client, place, make.slot(place, soon(days=3)))
    make.begin(made["id"])
    return f"/appointments/{made['id']}"


def state(make: Make, path: str) -> dict[str, Any]:
    return make.one(
        "SELECT status::text, version, start_at, fee_cents FROM appointments WHERE id = %s",
        path.rpartition("/")[2],
    )


def names(body: dict[str, Any]) -> list[str]:
    return [error["field"] for error in body["details"]["errors"]]


@pytest.mark.parametrize("minutes_ago", [0.01, 10, 600])
async def test_a_client_neither_cancels_nor_moves_what_has_begun(
    api: Api, make: Make, minutes_ago: float
) -> None:
    place, client = make.place(), make.client()
    path = await begun(api, make, client, place)
    make.begin(path.rpartition("/")[2], minutes_ago=minutes_ago)
    before = state(make, path)
    body = problem(await api.post(f"{path}/cancel", client, key="new"), 409, "invalid_transition")
    assert body["details"]["status"] == "confirmed"
    problem(await api.get(f"{path}/cancellation", client), 409, "invalid_transition")
    reserved = await api.reserve(client, place, make.slot(place, soon(days=5)))
    move = {"reservationToken": reserved.json()["reservationToken"]}
    refused = await api.post(f"{path}/reschedule", client, key="new", json=move)
    problem(refused, 409, "invalid_transition")
    assert state(make, path) == before
    # Staff may still finish it.
    done = await api.post(f"{path}/complete", make.operator())
    assert done.json()["status"] == "completed"


async def test_staff_cancel_what_has_begun_with_a_reason(api: Api, make: Make) -> None:
    client, staff = make.client(), make.operator()
    path = await begun(api, make, client, make.place())
    assert (await api.get(f"{path}/cancellation", staff)).json()["feeCents"] == 2500
    for body in ({}, {"reason": ""}, {"reason": "  \n"}):
        refused = await api.post(f"{path}/cancel", staff, key="new", json=body)
        assert names(problem(refused, 422, "validation_failed")) == ["reason"]
    done = await api.post(f"{path}/cancel", staff, key="new", json={"reason": "Power cut"})
    assert done.json()["appointment"]["status"] == "cancelled"
    # The state comes before the reason.
    again = await api.post(f"{path}/cancel", staff, key="new", json={})
    problem(again, 409, "invalid_transition")


async def test_staff_move_what_has_begun_with_a_reason(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    path = await begun(api, make, client, place)
    new = make.slot(place, soon(days=5))
    token = (await api.reserve(staff, place, new, userId=str(client.id))).json()
    move = {"reservationToken": token["reservationToken"]}
    refused = await api.post(f"{path}/reschedule", staff, key="new", json=move)
    assert names(problem(refused, 422, "validation_failed")) == ["reason"]
    moved = await api.post(
        f"{path}/reschedule", staff, key="new", json={**move, "reason": "Came late"}
    )
    assert (moved.status_code, moved.json()["slotId"]) == (200, str(new))


async def test_a_bulk_cancel_asks_for_the_reason_of_what_has_begun(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    first = (await begun(api, make, client, place)).rpartition("/")[2]
    later = (await api.booked(client, place, make.slot(place, soon(days=2))))["id"]
    bulk = {"action": "cancel", "ids": [later, first]}
    answer = await api.post("/appointments/bulk", staff, json=bulk)
    assert answer.json()["results"] == [
        {"id": later, "status": 200, "version": 2},
        {"id": first, "status": 422, "scenario": "validation_failed"},
    ]
    bulk = {"action": "cancel", "ids": [first], "reason": "Ill"}
    answer = await api.post("/appointments/bulk", staff, json=bulk)
    assert answer.json()["results"][0]["status"] == 200


@pytest.mark.parametrize("action", ["complete", "no-show"])
async def test_a_visit_does_not_end_before_it_begins(api: Api, make: Make, action: str) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    made = await api.booked(client, place, make.slot(place, soon(days=41)))
    path = f"/appointments/{made['id']}"
    problem(await api.post(f"{path}/{action}", staff), 409, "invalid_transition")
    bulk = {"action": action.replace("-", "_"), "ids": [made["id"]]}
    answer = (await api.post("/appointments/bulk", staff, json=bulk)).json()["results"][0]
    assert (answer["status"], answer["scenario"]) == (409, "invalid_transition")
    assert state(make, path)["version"] == 1
    make.begin(made["id"], minutes_ago=0.01)
    assert (await api.post(f"{path}/{action}", staff)).status_code == 200


async def test_a_request_that_was_not_answered_cannot_be_cancelled_by_its_client(
    api: Api, make: Make
) -> None:
    place, client = make.place(), make.client()
    made = appointment(make, place, client, soon(days=0) - (soon() - soon(hours=-3)))
    problem(
        await api.post(f"/appointments/{made}/cancel", client, key="new"),
        409,
        "invalid_transition",
    )
    assert isinstance(made, UUID)
