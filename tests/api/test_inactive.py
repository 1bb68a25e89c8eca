"""Setting a service or provider inactive strands no appointment (SPEC 4.5)."""

from typing import Any

import pytest

from tests.support.api import Api, problem
from tests.support.appointments import appointment
from tests.support.make import Make, Place, User, soon


async def set_active(
    api: Api, admin: User, place: Place, what: str, *, active: bool, **more: Any
) -> dict[str, Any]:
    path = (
        f"/services/{place.service_id}" if what == "service" else f"/providers/{place.provider_id}"
    )
    answer = await api.patch(
        path, admin, json={"isActive": active, **more}, headers={"If-Match": "*"}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("what", ["service", "provider"])
async def test_it_says_how_many_are_affected(api: Api, make: Make, what: str) -> None:
    place, client, admin = make.place(), make.client(), make.admin()
    other = make.place()
    appointment(make, place, client, soon(days=2), status="confirmed")
    appointment(make, place, client, soon(days=3))
    appointment(make, place, client, soon(days=-2), status="confirmed")
    appointment(make, place, client, soon(days=4), status="cancelled")
    gone = appointment(make, place, client, soon(days=5))
    make.db.execute("UPDATE appointments SET deleted_at = now() WHERE id = %s", [gone])
    appointment(make, other, client, soon(days=2), status="confirmed")
    name = {"title": "Renamed"} if what == "service" else {"name": "Renamed"}
    kept = await set_active(api, admin, place, what, active=True, **name)
    assert "affectedAppointments" not in kept
    assert (await set_active(api, admin, place, what, active=False))["affectedAppointments"] == 2
    again = await set_active(api, admin, place, what, active=False)
    assert "affectedAppointments" not in again, "it was inactive"
    back = await set_active(api, admin, place, what, active=True)
    assert "affectedAppointments" not in back


@pytest.mark.parametrize("what", ["service", "provider"])
async def test_staff_are_shown_where_it_can_move(api: Api, make: Make, what: str) -> None:
    place, client, staff, admin = make.place(), make.client(), make.operator(), make.admin()
    made = await api.booked(client, place, make.slot(place, soon(days=2)))
    free = make.slot(place, soon(1, days=2))
    await set_active(api, admin, place, what, active=False)
    path = f"/appointments/{made['id']}/alternatives"
    for kind in ("nearest", "next"):
        shown = (await api.get(path, staff, params={"kind": kind})).json()["items"]
        assert [slot["id"] for slot in shown] == [str(free)]
        assert (await api.get(path, client, params={"kind": kind})).json()["items"] == []
    # What was removed is gone for all.
    make.db.execute("UPDATE services SET deleted_at = now() WHERE id = %s", [place.service_id])
    assert (await api.get(path, staff)).json()["items"] == []


@pytest.mark.parametrize("what", ["service", "provider"])
@pytest.mark.parametrize("action", ["complete", "no-show", "cancel"])
async def test_staff_finish_it(api: Api, make: Make, what: str, action: str) -> None:
    place, client, staff, admin = make.place(), make.client(), make.operator(), make.admin()
    made = await api.booked(client, place, make.slot(place, soon(days=2)))
    await set_active(api, admin, place, what, active=False)
    make.begin(made["id"])
    path = f"/appointments/{made['id']}"
    done = await api.post(f"{path}/{action}", staff, key="new", json={"reason": "x"})
    assert done.status_code == 200, done.text
    if action != "cancel":
        reopened = await api.post(f"{path}/reopen", staff, json={"reason": "x"})
        assert reopened.status_code == 200, reopened.text


@pytest.mark.parametrize("what", ["service", "provider"])
async def test_a_client_may_leave_it(api: Api, make: Make, what: str) -> None:
    place, client, admin = make.place(), make.client(), make.admin()
    made = await api.booked(client, place, make.slot(place, soon(days=2)))
    await set_active(api, admin, place, what, active=False)
    path = f"/appointments/{made['id']}"
    assert (await api.post(f"{path}/cancel", client, key="new")).status_code == 200
    slot_id = make.slot(place, soon(days=3))
    problem(await api.reserve(client, place, slot_id), 404, "not_found")


@pytest.mark.parametrize("what", ["service", "provider"])
async def test_staff_move_it(api: Api, make: Make, what: str) -> None:
    place, client, staff, admin = make.place(), make.client(), make.operator(), make.admin()
    made = await api.booked(client, place, make.slot(place, soon(days=2)))
    new = make.slot(place, soon(days=3))
    await set_active(api, admin, place, what, active=False)
    reserved = await api.reserve(staff, place, new, userId=str(client.id))
    assert reserved.status_code == 201, reserved.text
    body = {"reservationToken": reserved.json()["reservationToken"]}
    path = f"/appointments/{made['id']}/reschedule"
    moved = await api.post(path, staff, key="new", json=body)
    assert (moved.status_code, moved.json()["slotId"]) == (200, str(new))
