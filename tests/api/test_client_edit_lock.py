"""A client's edit lock never stops staff; a staff member's stops everybody else (SPEC 4.6)."""

from typing import Any

import pytest

from tests.support.api import Api, problem
from tests.support.make import Make, Place, User, soon

SLOTS = "/appointments/availability/slots"


async def locked(api: Api, path: str, user: User) -> int:
    """The version at which the user holds the edit lock now."""
    answer = await api.post(f"{path}/acquire-lock", user, json={})
    assert answer.status_code == 200, answer.text
    return answer.json()["lock"]["version"]


async def write(
    api: Api,
    make: Make,
    place: Place,
    client: User,
    staff: User,
    action: str,
    path: str,
    **more: Any,
) -> Any:
    """One of the writes of staff that a client's edit lock does not stop."""
    appointment_id = path.rpartition("/")[2]
    if action.startswith("bulk "):
        body = {"action": action.removeprefix("bulk "), "ids": [appointment_id], "reason": "x"}
        return await api.post("/appointments/bulk", staff, json=body)
    if action == "reschedule":
        new = make.slot(place, soon(days=6))
        answer = await api.reserve(staff, place, new, userId=str(client.id))
        more["reservationToken"] = answer.json()["reservationToken"]
    if action == "accept":
        row = make.one("SELECT start_at FROM appointments WHERE id = %s", appointment_id)
        slot_id = make.slot(place, row["start_at"])
        body = {"appointmentId": appointment_id, **more}
        return await api.post(f"{SLOTS}/{slot_id}/accept-appointment", staff, json=body)
    return await api.post(f"{path}/{action}", staff, key="new", json={"reason": "x", **more})


ENDS = (
    "cancel", "reschedule", "complete", "no-show", "accept",
    "bulk cancel", "bulk complete", "bulk no_show",
)  # fmt: skip


async def given(api: Api, make: Make, place: Place, client: User, action: str) -> str:
    """The path of an appointment that this may be done to."""
    if action == "accept":
        made = (await api.book_at(client, place, soon(days=4))).json()
    else:
        made = await api.booked(client, place, make.slot(place, soon(days=3)))
        if action.split()[-1] in ("complete", "no-show", "no_show"):
            make.begin(made["id"])
    return f"/appointments/{made['id']}"


@pytest.mark.parametrize("action", ENDS)
async def test_staff_end_a_clients_edit_lock(api: Api, make: Make, action: str) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    path = await given(api, make, place, client, action)
    version = 0
    for _ in range(3):  # however often it is renewed
        version = await locked(api, path, client)
    done = await write(api, make, place, client, staff, action, path)
    assert done.status_code == 200, done.text
    assert "scenario" not in done.text
    event = make.one("SELECT type, payload FROM outbox WHERE topic = 'locks' ORDER BY id DESC")
    assert (event["type"], event["payload"]["reason"]) == ("lock-released", "ended_by_staff")
    last = (await api.get(f"{path}/lock-history", staff)).json()["items"][0]
    assert (last["action"], last["metadata"]["reason"]) == ("released", "ended_by_staff")
    assert (last["userId"], last["releasedBy"]) == (str(client.id), str(staff.id))
    assert (await api.get(f"{path}/lock-status", client)).json()["state"] == "unlocked"
    # The fencing version has not gone back.
    refused = await api.patch(
        path, client, json={"notes": "x", "lockVersion": version}, headers={"If-Match": "*"}
    )
    problem(refused, 409, "lock_version_conflict")


@pytest.mark.parametrize("action", ENDS)
async def test_a_colleagues_edit_lock_still_stops_them(api: Api, make: Make, action: str) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    path = await given(api, make, place, client, action)
    await locked(api, path, make.admin())
    refused = await write(api, make, place, client, staff, action, path)
    if action.startswith("bulk"):
        assert refused.json()["results"][0]["scenario"] == "locked"
    else:
        problem(refused, 423, "locked")
    assert (await api.get(f"{path}/lock-status", staff)).json()["state"] == "locked_by_other"


async def test_staff_wait_to_delete_and_edit(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    path = await given(api, make, place, client, "cancel")
    await locked(api, path, client)
    any_version = {"If-Match": "*"}
    problem(await api.delete(path, staff, headers=any_version), 423, "locked")
    refused = await api.patch(path, staff, json={"notes": "x"}, headers=any_version)
    problem(refused, 423, "locked")
    bulk = {"action": "delete", "ids": [path.rpartition("/")[2]]}
    answer = await api.post("/appointments/bulk", staff, json=bulk)
    assert answer.json()["results"][0]["scenario"] == "locked"


@pytest.mark.parametrize("action", ENDS[:5])
async def test_who_names_a_version_needs_that_very_lock(api: Api, make: Make, action: str) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    path = await given(api, make, place, client, action)
    version = await locked(api, path, client)
    refused = await write(api, make, place, client, staff, action, path, lockVersion=version)
    problem(refused, 409, "lock_version_conflict")
    assert (await api.get(f"{path}/lock-status", client)).json()["state"] == "locked_by_user"


async def test_a_refusal_leaves_the_edit_lock(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    path = await given(api, make, place, client, "cancel")
    await locked(api, path, client)
    problem(await api.post(f"{path}/complete", staff), 409, "invalid_transition")  # not begun
    assert (await api.get(f"{path}/lock-status", client)).json()["state"] == "locked_by_user"
