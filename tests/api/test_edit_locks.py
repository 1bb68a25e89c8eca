"""Edit locks over HTTP, line by line (SPEC 4.6); the races are in tests/concurrency."""

import pytest

from holdfast.kernel.db import Database
from holdfast.workers.sweeps import sweep_edit_locks
from tests.support.api import Api, problem
from tests.support.make import Make, soon

EXPIRE = "UPDATE edit_locks SET expires_at = clock_timestamp() - interval '1 second'"


@pytest.fixture
async def path(api: Api, make: Make) -> str:
    """Of an appointment of `make`'s first client."""
    place = make.place()
    appointment = await api.booked(make.client("Cleo"), place, make.slot(place, soon(days=2)))
    return f"/appointments/{appointment['id']}"


async def test_acquiring_and_renewing(api: Api, make: Make, path: str) -> None:
    staff, other = make.operator(), make.operator()
    assert (await api.get(f"{path}/lock-status?expectedVersion=0", staff)).json() == {
        "state": "unlocked"
    }
    body = {"expectedVersion": 0, "position": {"x": 1.5, "y": -2}}
    first = await api.post(f"{path}/acquire-lock", staff, json=body)
    assert first.status_code == 200
    granted = first.json()
    lock = granted["lock"]
    assert granted["success"] is True
    assert granted["message"]
    assert lock.keys() == {
        "appointmentId", "userId", "userInfo", "createdAt", "expiresAt", "version"
    }  # fmt: skip
    assert lock["userInfo"] == {
        "name": staff.name,
        "email": staff.email,
        "position": {"x": 1.5, "y": -2},
    }
    assert lock["version"] == 1
    again = (await api.post(f"{path}/acquire-lock", staff)).json()["lock"]
    assert again["version"] == 2
    assert again["createdAt"] == lock["createdAt"]
    assert again["expiresAt"] > lock["expiresAt"]
    assert again["userInfo"]["position"] == {"x": 1.5, "y": -2}
    # Held comes before a wrong version.
    held = problem(
        await api.post(f"{path}/acquire-lock", other, json={"expectedVersion": 7}),
        409,
        "lock_held",
    )
    assert held["lock"] == again
    mine = (await api.get(f"{path}/lock-status", staff)).json()
    assert mine == {"state": "locked_by_user", "lock": again}
    assert (await api.get(f"{path}/lock-status", other)).json()["state"] == "locked_by_other"
    conflict = (await api.get(f"{path}/lock-status?expectedVersion=1", staff)).json()
    assert conflict == {"state": "conflict", "lock": again}


async def test_a_client_sees_no_address_of_staff(api: Api, make: Make) -> None:
    place, client, staff = make.place(), make.client(), make.operator()
    appointment = await api.booked(client, place, make.slot(place, soon(days=2)))
    path = f"/appointments/{appointment['id']}"
    await api.post(f"{path}/acquire-lock", staff)
    status = (await api.get(f"{path}/lock-status", client)).json()
    assert status["lock"]["userInfo"] == {"name": staff.name}
    held = problem(await api.post(f"{path}/acquire-lock", client), 409, "lock_held")
    assert held["lock"]["userInfo"] == {"name": staff.name}
    (entry,) = (await api.get(f"{path}/lock-history", client)).json()["items"]
    assert entry["userEmail"] is None
    assert staff.email not in (await api.get(f"{path}/lock-history", client)).text
    (entry,) = (await api.get(f"{path}/lock-history", staff)).json()["items"]
    assert entry["userEmail"] == staff.email


async def test_releasing(api: Api, make: Make, path: str) -> None:
    staff, other = make.operator(), make.operator()
    problem(await api.delete(f"{path}/release-lock", staff), 404, "lock_not_found")
    await api.post(f"{path}/acquire-lock", staff)
    problem(await api.delete(f"{path}/release-lock", other), 403, "not_lock_owner")
    wrong = await api.request("DELETE", f"{path}/release-lock", staff, json={"expectedVersion": 9})
    problem(wrong, 409, "lock_version_conflict")
    released = await api.request(
        "DELETE", f"{path}/release-lock", staff, json={"expectedVersion": 1}
    )
    assert released.status_code == 200
    assert released.json()["success"] is True
    # The version goes on, and says so to whoever expects the former one.
    stale = await api.post(f"{path}/acquire-lock", other, json={"expectedVersion": 0})
    details = problem(stale, 409, "lock_version_conflict")["details"]
    assert details == {"currentVersion": 1, "expectedVersion": 0, "conflictingUser": None}
    assert (await api.post(f"{path}/acquire-lock", other)).json()["lock"]["version"] == 2


async def test_what_has_run_out_may_still_be_released_or_swept(
    api: Api, db: Database, make: Make, path: str
) -> None:
    staff = make.operator()
    await api.post(f"{path}/acquire-lock", staff)
    make.db.execute(EXPIRE)
    assert (await api.get(f"{path}/lock-status", staff)).json()["state"] == "expired"
    assert (await api.delete(f"{path}/release-lock", staff)).status_code == 200
    await api.post(f"{path}/acquire-lock", staff)
    make.db.execute(EXPIRE)
    assert await sweep_edit_locks(db) == 1
    assert (await api.get(f"{path}/lock-status", staff)).json() == {"state": "unlocked"}


async def test_each_write_of_a_locked_appointment_answers_423(api: Api, make: Make) -> None:
    place, client, holder, other = make.place(), make.client(), make.operator(), make.operator()
    first, second, free = make.slots(place, 3, soon(days=2))
    booked = [await api.booked(client, place, slot) for slot in (first, second)]
    for appointment in booked[:1]:
        await api.post(f"/appointments/{appointment['id']}/acquire-lock", holder)
    body = {"action": "set_priority", "priority": "vip", "ids": [a["id"] for a in booked]}
    results = (await api.post("/appointments/bulk", other, json=body)).json()["results"]
    assert [(r["status"], r.get("scenario")) for r in results] == [(423, "locked"), (200, None)]
    body["ids"].reverse()
    results = (await api.post("/appointments/bulk", holder, json=body)).json()["results"]
    assert [r["status"] for r in results] == [200, 200]

    asked = await api.book_at(client, place, soon(days=9), ifUnavailable="request")
    requested = asked.json()
    assert requested["status"] == "requested"
    await api.post(f"/appointments/{requested['id']}/acquire-lock", holder)
    make.db.execute("UPDATE slots SET start_at = %s, end_at = %s WHERE id = %s",
        [requested["start"], requested["end"], free])  # fmt: skip
    accept = f"/appointments/availability/slots/{free}/accept-appointment"
    body = {"appointmentId": requested["id"]}
    refused = problem(await api.post(accept, other, json=body), 423, "locked")
    assert refused["lock"]["userId"] == str(holder.id)
    assert (await api.post(accept, holder, json=body)).status_code == 200


async def test_a_deleted_appointment_cannot_be_locked(api: Api, make: Make, path: str) -> None:
    staff, admin = make.operator(), make.admin()
    await api.delete(path, staff, headers={"If-Match": '"1"'})
    problem(await api.post(f"{path}/acquire-lock", staff), 404, "not_found")
    problem(await api.post(f"{path}/take-over-lock", admin), 404, "not_found")


@pytest.mark.parametrize(("is_live", "action"), [(True, "released"), (False, "expired")])
async def test_deleting_an_appointment_ends_its_lock(
    api: Api, make: Make, path: str, is_live: bool, action: str
) -> None:
    staff, admin = make.operator(), make.admin()
    await api.post(f"{path}/acquire-lock", staff)
    if not is_live:
        make.db.execute(EXPIRE)
    deleted = await api.delete(path, staff, headers={"If-Match": '"1"'})
    assert deleted.status_code == 204, deleted.text
    assert (await api.get(f"{path}/lock-status", staff)).json() == {"state": "unlocked"}
    (entry, _) = (await api.get(f"{path}/lock-history", staff)).json()["items"]
    assert entry["action"] == action
    assert entry["releasedBy"] == (str(staff.id) if is_live else None)
    # Told before the deletion, which is the last that the client is told.
    events = make.all("SELECT type, payload FROM outbox WHERE topic <> 'availability' ORDER BY id")
    assert [event["type"] for event in events][-2:] == ["lock-released", "booking.deleted"]
    assert events[-2]["payload"]["reason"] == action
    assert (await api.post(f"{path}/restore", admin)).status_code == 200
    assert (await api.post(f"{path}/acquire-lock", admin)).json()["lock"]["version"] == 2


async def test_history_newest_first_with_durations_and_statistics(
    api: Api, make: Make, path: str
) -> None:
    staff, other, admin = make.operator(), make.operator(), make.admin()
    agent = {"User-Agent": "An editor\t1.0"}
    await api.post(f"{path}/acquire-lock", staff, headers=agent)
    await api.post(f"{path}/acquire-lock", staff)
    make.db.execute("UPDATE edit_locks SET acquired_at = acquired_at - interval '100 seconds'")
    await api.post(f"{path}/take-over-lock", admin)  # after 100 s
    make.db.execute("UPDATE edit_locks SET acquired_at = acquired_at - interval '50 seconds'")
    await api.delete(f"{path}/force-release-lock", admin, headers=agent)  # after 50 s
    await api.post(f"{path}/take-over-lock", admin)  # from nobody
    await api.delete(f"{path}/release-lock", admin, headers=agent)  # at once
    await api.post(f"{path}/acquire-lock", other)
    make.db.execute(
        "UPDATE edit_locks SET acquired_at = acquired_at - interval '300 seconds', "
        "expires_at = acquired_at - interval '1 second'"
    )
    await api.post(f"{path}/acquire-lock", staff)  # ends the one that has run out

    found: list[dict] = []
    cursor = {}
    while True:
        page = (await api.get(f"{path}/lock-history", staff, params={"limit": 3, **cursor})).json()
        found += page["items"]
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert [entry["action"] for entry in found] == [
        "acquired", "expired", "acquired", "released", "taken_over", "force_released",
        "taken_over", "renewed", "acquired",
    ]  # fmt: skip
    assert [entry["lockVersion"] for entry in found] == [6, 5, 5, 4, 4, 3, 3, 2, 1]
    durations = {
        (entry["action"], entry["lockVersion"]): entry["durationSeconds"] for entry in found
    }
    assert durations["acquired", 1] is None
    assert durations["renewed", 2] is None
    assert durations["taken_over", 3] in (100, 101)
    assert durations["force_released", 3] in (50, 51)
    assert durations["taken_over", 4] is None
    taken = found[-3]
    assert taken["userId"] == taken["releasedBy"] == str(admin.id)
    assert taken["metadata"]["from"] == {"userId": str(staff.id), "userName": staff.name}
    assert found[-1]["metadata"] == {"userAgent": "An editor1.0"}
    for entry in found:
        if entry["action"] in ("released", "force_released"):
            assert entry["metadata"] == {"userAgent": "An editor1.0", "reason": entry["action"]}
    statistics = (await api.get(f"{path}/lock-statistics", staff)).json()
    average = statistics.pop("averageDurationSeconds")
    assert 100 < average < 130
    assert statistics == {
        "totalAcquisitions": 3,
        "totalRenewals": 1,
        "totalReleases": 1,
        "totalExpired": 1,
        "totalForceReleases": 1,
        "totalTakeOvers": 2,
        "uniqueUsers": 3,
    }
