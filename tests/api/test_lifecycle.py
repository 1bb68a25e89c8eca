"""The life of an appointment over HTTP (SPEC 4.5)."""

from tests.support.api import Api, problem
from tests.support.make import Make, soon


async def test_reschedule_frees_the_old_slot_and_books_the_new(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    old, new = make.slots(place, 2, soon(days=3))
    appointment = await api.booked(client, place, old)
    token = (await api.reserve(client, place, new)).json()["reservationToken"]
    moved = await api.post(
        f"/appointments/{appointment['id']}/reschedule",
        client,
        key="new",
        json={"reservationToken": token, "reason": "Train"},
    )
    assert moved.status_code == 200, moved.text
    assert moved.json()["slotId"] == str(new)
    assert moved.json()["version"] == 2
    assert make.one("SELECT status::text FROM slots WHERE id = %s", old)["status"] == "available"
    audit = (await api.get(f"/appointments/{appointment['id']}/audit", client)).json()["items"]
    assert audit[1]["action"] == "rescheduled"
    assert audit[1]["reason"] == "Train"
    assert audit[1]["changes"]["slotId"] == {"from": str(old), "to": str(new)}


async def test_cancel_early_is_free_and_late_costs_half(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    early, late = make.slot(place, soon(days=3)), make.slot(place, soon(days=0))
    for slot_id, fee in ((early, 0), (late, 2500)):
        appointment = await api.booked(client, place, slot_id)
        path = f"/appointments/{appointment['id']}"
        quote = (await api.get(f"{path}/cancellation", client)).json()
        assert (quote["feeCents"], quote["refundCents"]) == (fee, 5000 - fee)
        answer = await api.post(f"{path}/cancel", client, key="new", json={})
        assert answer.status_code == 200, answer.text
        assert answer.json()["feeCents"] == fee
        assert answer.json()["appointment"]["status"] == "cancelled"
        problem(
            await api.post(f"{path}/cancel", client, key="new", json={}), 409, "invalid_transition"
        )
        assert (await api.reserve(client, place, slot_id)).status_code == 201


async def test_delete_hides_from_the_owner_and_restore_brings_back(api: Api, make: Make) -> None:
    place, client, other = make.place(), make.client(), make.client()
    staff, admin = make.operator(), make.admin()
    slot_id = make.slot(place, soon(days=2))
    appointment = await api.booked(client, place, slot_id)
    path = f"/appointments/{appointment['id']}"
    problem(await api.delete(path, client, headers={"If-Match": '"1"'}), 403, "forbidden")
    problem(await api.delete(path, staff), 428, "precondition_required")
    gone = await api.delete(path, staff, headers={"If-Match": '"1"'})
    assert gone.status_code == 204
    problem(await api.get(path, client), 404, "not_found")
    assert (await api.get(path, staff)).json()["deletedAt"] is not None
    problem(await api.post(f"{path}/restore", staff), 403, "forbidden")
    other_appointment = await api.booked(other, place, slot_id)
    refused = problem(await api.post(f"{path}/restore", admin), 409, "slot_booked")
    assert refused["details"]["alternatives"] == []
    await api.post(f"/appointments/{other_appointment['id']}/cancel", other, key="new", json={})
    restored = await api.post(f"{path}/restore", admin)
    assert restored.status_code == 200, restored.text
    assert restored.json()["version"] == 3
    assert (await api.get(path, client)).status_code == 200


async def test_a_slot_that_was_deleted_is_not_called_booked(api: Api, make: Make) -> None:
    place, client, staff, admin = make.place(), make.client(), make.operator(), make.admin()
    slot_id = make.slot(place, soon(days=2))
    appointment = await api.booked(client, place, slot_id)
    path, slot = (
        f"/appointments/{appointment['id']}",
        f"/appointments/availability/slots/{slot_id}",
    )
    assert (await api.delete(path, staff, headers={"If-Match": '"1"'})).status_code == 204
    tag = (await api.get(slot, staff)).headers["etag"]
    assert (await api.delete(slot, staff, headers={"If-Match": tag})).status_code == 204
    refused = problem(await api.post(f"{path}/restore", admin), 409, "slot_booked")
    assert refused["detail"] == "Its slot is gone: it was booked, moved or withdrawn meanwhile."


async def test_edit_with_preconditions(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    appointment = await api.booked(client, place, make.slot(place, soon(days=2)))
    path = f"/appointments/{appointment['id']}"
    problem(await api.patch(path, staff, json={"notes": "x"}), 428, "precondition_required")
    edited = await api.patch(path, staff, json={"notes": "x", "version": 1})
    assert edited.json()["version"] == 2
    stale = problem(
        await api.patch(path, staff, json={"notes": "y", "version": 1}), 409, "version_conflict"
    )
    assert stale["currentVersion"] == 2
    assert stale["currentData"]["notes"] == "x"
    assert stale["details"]["changes"] == {"notes": {"yours": "y", "theirs": "x"}}
    header = {"If-Match": '"1"'}
    problem(
        await api.patch(path, staff, json={"notes": "y"}, headers=header),
        412,
        "precondition_failed",
    )
    refused = await api.patch(path, client, json={"priority": "vip", "version": 2})
    problem(refused, 403, "forbidden")
    assert (await api.patch(path, client, json={"notes": "me", "version": 2})).status_code == 200


async def test_complete_no_show_and_attendance(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    first, second = [
        await api.booked(client, place, slot_id) for slot_id in make.slots(place, 2, soon(days=2))
    ]
    path = f"/appointments/{first['id']}"
    coming = {"reason": "Looking forward"}
    confirmed = (await api.post(f"{path}/confirm-attendance", client, json=coming)).json()
    assert confirmed["clientConfirmedAt"] is not None
    again = await api.post(f"{path}/confirm-attendance", client)
    assert again.json() == confirmed, "said already: nothing has changed"
    entry = (await api.get(f"{path}/audit", client)).json()["items"][-1]
    assert (entry["action"], entry["reason"]) == ("attendance_confirmed", "Looking forward")
    problem(await api.post(f"/appointments/{first['id']}/complete", client), 403, "forbidden")
    make.begin(first["id"], minutes_ago=60)
    make.begin(second["id"])
    completed = await api.post(f"/appointments/{first['id']}/complete", staff)
    assert completed.json()["status"] == "completed"
    missed = await api.post(f"/appointments/{second['id']}/no-show", staff)
    assert missed.json()["status"] == "no_show"
    assert missed.json()["slotId"] is None
