"""Staff accept waiting requests into slots (SPEC 4.3, seed 001)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from holdfast.http.wire import wire_time
from tests.support.api import Api, problem
from tests.support.make import Make, Place, User, soon


async def accept(
    api: Api, user: User | None, slot_id: Any, appointment: Mapping[str, Any], **more: Any
) -> httpx.Response:
    path = f"/appointments/availability/slots/{slot_id}/accept-appointment"
    headers = more.pop("headers", None)
    body = {"appointmentId": appointment["id"], **more}
    return await api.post(path, user, json=body, headers=headers)


async def request(api: Api, client: User, place: Place, start: datetime) -> dict[str, Any]:
    answer = await api.book_at(client, place, start, notes="Please")
    assert answer.json()["status"] == "requested", answer.text
    return answer.json()


async def test_accept(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    waiting = await request(api, client, place, soon())
    assert (waiting["slotId"], waiting["facilityId"], waiting["version"]) == (None, None, 1)
    slot_id = make.slot(place, soon(-0.25), minutes=60)
    answer = await accept(api, staff, slot_id, waiting, reason="Somebody fell ill")
    assert answer.status_code == 200, answer.text
    accepted = answer.json()
    changed = {
        "status": "confirmed",
        "slotId": str(slot_id),
        "facilityId": str(place.facility_id),
        "facilityName": accepted["facilityName"],
        "version": 2,
        "updatedAt": accepted["updatedAt"],
    }
    assert accepted == {**waiting, **changed}
    assert answer.headers["etag"] == '"2"'

    path = f"/appointments/{waiting['id']}"
    entry = (await api.get(f"{path}/audit", client)).json()["items"][-1]
    assert (entry["action"], entry["reason"]) == ("accepted", "Somebody fell ill")
    assert (entry["previousStatus"], entry["newStatus"]) == ("requested", "confirmed")
    assert entry["changes"]["slotId"] == {"from": None, "to": str(slot_id)}
    slot = (await api.get(f"/appointments/availability/slots/{slot_id}", staff)).json()
    assert (slot["status"], slot["appointmentId"]) == ("booked", waiting["id"])


@pytest.mark.parametrize(("starts", "minutes"), [(0, 30), (-0.5, 60), (0, 60), (-1, 240)])
async def test_a_slot_that_contains_the_time_will_do(
    api: Api, make: Make, starts: float, minutes: int
) -> None:
    place = make.place()
    waiting = await request(api, make.client(), place, soon())
    slot_id = make.slot(place, soon(starts), minutes=minutes)
    accepted = (await accept(api, make.operator(), slot_id, waiting)).json()
    assert (accepted["status"], accepted["start"]) == ("confirmed", waiting["start"])


@pytest.mark.parametrize(("starts", "minutes"), [(2, 30), (0.25, 30), (-0.25, 30), (0, 29)])
async def test_a_slot_of_another_time_will_not(
    api: Api, make: Make, starts: float, minutes: int
) -> None:
    place = make.place()
    waiting = await request(api, make.client(), place, soon())
    start = soon(starts)
    slot_id = make.slot(place, start, minutes=minutes)
    refused = await accept(api, make.operator(), slot_id, waiting)
    assert problem(refused, 422, "time_mismatch")["details"] == {
        "appointmentStart": waiting["start"],
        "appointmentEnd": waiting["end"],
        "slotStart": wire_time(start),
        "slotEnd": wire_time(start + timedelta(minutes=minutes)),
    }


async def test_a_slot_of_another_provider_will_not(api: Api, make: Make) -> None:
    place, other = make.place(), make.place()
    waiting = await request(api, make.client(), place, soon())
    elsewhere = make.slot(other, soon())
    refused = await accept(api, make.operator(), elsewhere, waiting)
    assert problem(refused, 409, "provider_mismatch")["details"] == {
        "appointmentProviderId": str(place.provider_id),
        "slotProviderId": str(other.provider_id),
    }
    # Whoever sees one of both only is not told of the other.
    for provider in (place, other):
        linked = make.operator(provider.provider_id)
        problem(await accept(api, linked, elsewhere, waiting), 404, "not_found")


@pytest.mark.parametrize("status", ["held", "booked", "blocked"])
async def test_a_slot_that_is_not_free_will_not(api: Api, make: Make, status: str) -> None:
    place, staff = make.place(), make.operator()
    waiting = await request(api, make.client(), place, soon())
    slot_id = make.slot(place, soon(), status="blocked" if status == "blocked" else "available")
    free = make.slot(place, soon(1))
    if status == "held":
        assert (await api.reserve(make.client(), place, slot_id)).status_code == 201
    elif status == "booked":
        make.appointment(make.client(), place, slot_id)
    details = problem(await accept(api, staff, slot_id, waiting), 409, f"slot_{status}")["details"]
    assert [timeslot["id"] for timeslot in details["alternatives"]] == [str(free)]
    assert make.one("SELECT status FROM appointments WHERE id = %s", waiting["id"])["status"] == (
        "requested"
    )
    if status == "held":
        make.expire(slot_id)
        assert (await accept(api, staff, slot_id, waiting)).status_code == 200


async def test_only_what_waits_is_accepted(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    slot_id, other = make.slots(place, 2)
    waiting = await request(api, client, place, soon(3))
    cancel = f"/appointments/{waiting['id']}/cancel"
    assert (await api.post(cancel, client, key="new", json={})).json()["feeCents"] == 0
    booked = await api.booked(client, place, slot_id)
    for appointment, status in ((waiting, "cancelled"), (booked, "confirmed")):
        refused = problem(await accept(api, staff, other, appointment), 409, "invalid_transition")
        assert refused["details"] == {"status": status, "action": "accept"}
    deleted = await request(api, client, place, soon(4))
    path = f"/appointments/{deleted['id']}"
    assert (await api.delete(path, staff, headers={"If-Match": "*"})).status_code == 204
    problem(await accept(api, staff, make.slot(place, soon(4)), deleted), 409, "invalid_transition")


async def test_what_has_begun_is_not_accepted(api: Api, make: Make) -> None:
    place = make.place()
    waiting = await request(api, make.client(), place, soon())
    make.db.execute(
        "UPDATE appointments SET start_at = now() - interval '10 minutes', "
        "end_at = now() + interval '20 minutes'"
    )
    began = datetime.fromisoformat(waiting["createdAt"]) - timedelta(minutes=30)
    slot_id = make.slot(place, began, minutes=60)
    refused = await accept(api, make.operator(), slot_id, waiting)
    assert problem(refused, 409, "slot_past")["details"] == {"alternatives": []}


async def test_who_may_accept(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    slot_id = make.slot(place, soon(5))
    waiting = await request(api, client, place, soon())
    problem(await accept(api, None, slot_id, waiting), 401, "unauthenticated")
    problem(await accept(api, client, slot_id, waiting), 403, "forbidden")
    for unknown in ({"id": str(uuid4())}, waiting):
        where = slot_id if unknown is not waiting else uuid4()
        problem(await accept(api, make.admin(), where, unknown), 404, "not_found")
    for user in (make.operator(), make.operator(place.provider_id), make.admin()):
        problem(await accept(api, user, slot_id, waiting), 422, "time_mismatch")


async def test_the_version_is_the_slots(api: Api, make: Make) -> None:
    place, staff = make.place(), make.operator()
    waiting = await request(api, make.client(), place, soon())
    slot_id = make.slot(place, soon())
    header = await accept(api, staff, slot_id, waiting, headers={"If-Match": '"2"'})
    stale = problem(header, 412, "precondition_failed")
    assert (stale["currentVersion"], stale["currentData"]["id"]) == (1, str(slot_id))
    problem(await accept(api, staff, slot_id, waiting, version=2), 409, "version_conflict")
    accepted = await accept(api, staff, slot_id, waiting, headers={"If-Match": '"1"'})
    assert accepted.status_code == 200, accepted.text
