"""Edit locks under races: one winner, one accepted renewal, one release (SPEC 4.6)."""

import asyncio
from collections import Counter

import pytest
from pydantic import SecretStr

from holdfast.config import Settings
from tests.concurrency.support import Crowd, all_of
from tests.support.api import Api, problem
from tests.support.make import SECRET_KEY, Make, soon
from tests.support.rounds import rounds

ROUNDS = rounds(10)
USERS = 32


@pytest.fixture(params=["on", "off"], ids=["gathered", "alone"])
def settings(request: pytest.FixtureRequest) -> Settings:
    """Every race is run both ways: in common transactions, and each in its own."""
    return Settings(secret_key=SecretStr(SECRET_KEY), rate_limit="off", gather=request.param)


def count(answers: list) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


@pytest.mark.race
@pytest.mark.timeout(900)
async def test_one_of_32_users_gets_the_lock_in_each_round(crowd: Crowd, make: Make) -> None:
    place, client = make.place(), make.client()
    staff = [make.operator() for _ in range(USERS)]
    for slot_id in make.slots(place, ROUNDS, soon(days=2)):
        path = f"/appointments/{make.appointment(client, place, slot_id)}/acquire-lock"
        answers = await all_of(crowd.send(user, "POST", path) for user in staff)
        assert Counter(answer.status for answer in answers) == {200: 1, 409: USERS - 1}
        (winner,) = [answer.json()["lock"] for answer in answers if answer.status == 200]
        for answer in answers:
            if answer.status == 409:
                assert answer.scenario == "lock_held"
                assert answer.json()["lock"]["userId"] == winner["userId"]
    row = make.one("SELECT count(*) AS n FROM edit_lock_history WHERE action = 'acquired'")
    assert row["n"] == ROUNDS


async def test_of_8_renewals_of_one_version_one_is_accepted(api: Api, make: Make) -> None:
    place, staff = make.place(), make.operator()
    appointment = await api.booked(make.client(), place, make.slot(place))
    path = f"/appointments/{appointment['id']}/acquire-lock"
    assert (await api.post(path, staff)).json()["lock"]["version"] == 1
    body = {"expectedVersion": 1}
    answers = await asyncio.gather(*(api.post(path, staff, json=body) for _ in range(8)))
    assert count(answers) == {200: 1, 409: 7}
    conflict = problem(
        next(answer for answer in answers if answer.status_code == 409),
        409,
        "lock_version_conflict",
    )
    assert conflict["details"]["currentVersion"] == 2
    assert conflict["details"]["expectedVersion"] == 1
    assert conflict["details"]["conflictingUser"]["name"] == staff.name


async def test_of_3_releases_one_succeeds(api: Api, make: Make) -> None:
    place, staff = make.place(), make.operator()
    appointment = await api.booked(make.client(), place, make.slot(place))
    base = f"/appointments/{appointment['id']}"
    await api.post(f"{base}/acquire-lock", staff)
    answers = await asyncio.gather(*(api.delete(f"{base}/release-lock", staff) for _ in range(3)))
    assert count(answers) == {200: 1, 404: 2}
    status = (await api.get(f"{base}/lock-status?expectedVersion=1", staff)).json()
    assert status == {"state": "unlocked"}


@pytest.mark.parametrize(
    "action", ["PATCH", "reschedule", "cancel", "DELETE", "complete", "no-show"]
)
async def test_writes_of_others_are_locked_out(api: Api, make: Make, action: str) -> None:
    place, client = make.place(), make.client()
    holder, other = make.operator(), make.operator()
    first, second = make.slots(place, 2, soon(days=2))
    appointment = await api.booked(client, place, first)
    path = f"/appointments/{appointment['id']}"
    if action in ("complete", "no-show"):
        make.begin(appointment["id"])
    before = (await api.get(path, holder)).json()["version"]
    lock = (await api.post(f"{path}/acquire-lock", holder)).json()["lock"]
    token = (await api.reserve(other, place, second, userId=str(client.id))).json()[
        "reservationToken"
    ]

    async def act(user, **extra):
        if action == "PATCH":
            return await api.patch(path, user, json={"notes": "x", "version": 1, **extra})
        if action == "DELETE":
            return await api.request("DELETE", path, user, json={"version": 1, **extra})
        body = {"reservationToken": token, **extra} if action == "reschedule" else extra
        return await api.post(f"{path}/{action}", user, key="new", json=body)

    refused = problem(await act(other), 423, "locked")
    assert refused["lock"]["userId"] == str(holder.id)
    assert (await api.get(path, holder)).json()["version"] == before
    stale = await act(holder, lockVersion=lock["version"] + 1)
    problem(stale, 409, "lock_version_conflict")
    done = await act(holder, lockVersion=lock["version"])
    assert done.status_code in (200, 204), done.text


@pytest.mark.parametrize("action", ["cancel", "reschedule"])
async def test_a_client_ends_the_staff_lock_and_tells_its_holder(
    api: Api, make: Make, action: str
) -> None:
    place, client, holder = make.place(), make.client(), make.operator()
    first, second = make.slots(place, 2, soon(days=2))
    appointment = await api.booked(client, place, first)
    path = f"/appointments/{appointment['id']}"
    await api.post(f"{path}/acquire-lock", holder)
    problem(await api.patch(path, client, json={"notes": "x", "version": 1}), 423, "locked")
    # What is refused for another reason ends nothing.
    wrong = await api.post(f"{path}/cancel", client, key="new", headers={"If-Match": '"9"'})
    problem(wrong, 412, "precondition_failed")
    token = (await api.reserve(client, place, second)).json()["reservationToken"]
    body = {"reservationToken": token} if action == "reschedule" else {}
    stale = await api.post(f"{path}/{action}", client, key="new", json={**body, "lockVersion": 1})
    problem(stale, 409, "lock_version_conflict")
    assert (await api.get(f"{path}/lock-status", client)).json()["state"] == "locked_by_other"
    done = await api.post(f"{path}/{action}", client, key="new", json=body)
    assert done.status_code == 200, done.text
    assert (await api.get(f"{path}/lock-status", holder)).json() == {"state": "unlocked"}
    event = make.one("SELECT payload FROM outbox WHERE type = 'lock-released'")["payload"]
    assert event == {"appointmentId": appointment["id"], "reason": "ended_by_client"}


async def test_an_expired_lock_is_free_and_fences_its_former_holder(api: Api, make: Make) -> None:
    place, holder, other = make.place(), make.operator(), make.operator()
    appointment = await api.booked(make.client(), place, make.slot(place, soon(days=2)))
    path = f"/appointments/{appointment['id']}"
    await api.post(f"{path}/acquire-lock", holder)
    make.db.execute("UPDATE edit_locks SET expires_at = clock_timestamp() - interval '1 second'")
    assert (await api.get(f"{path}/lock-status", other)).json()["state"] == "expired"
    renewed = (await api.post(f"{path}/acquire-lock", holder)).json()["lock"]
    assert renewed["version"] == 2
    make.db.execute("UPDATE edit_locks SET expires_at = clock_timestamp() - interval '1 second'")
    taken = (await api.post(f"{path}/acquire-lock", other)).json()["lock"]
    assert (taken["version"], taken["userId"]) == (3, str(other.id))
    body = {"notes": "late", "version": 1, "lockVersion": 2}
    problem(await api.patch(path, holder, json=body), 423, "locked")
    await api.delete(f"{path}/release-lock", other)
    problem(await api.patch(path, holder, json=body), 409, "lock_version_conflict")
    actions = [
        item["action"] for item in (await api.get(f"{path}/lock-history", other)).json()["items"]
    ]
    assert actions == ["released", "acquired", "expired", "renewed", "acquired"]


async def test_admin_force_releases_and_takes_over(api: Api, make: Make) -> None:
    place, holder, admin = make.place(), make.operator(), make.admin()
    appointment = await api.booked(make.client(), place, make.slot(place, soon(days=2)))
    path = f"/appointments/{appointment['id']}"
    problem(await api.delete(f"{path}/force-release-lock", admin), 404, "lock_not_found")
    await api.post(f"{path}/acquire-lock", holder)
    problem(await api.delete(f"{path}/force-release-lock", holder), 403, "forbidden")
    assert (await api.delete(f"{path}/force-release-lock", admin)).status_code == 200
    await api.post(f"{path}/acquire-lock", holder)
    taken = (await api.post(f"{path}/take-over-lock", admin)).json()["lock"]
    assert (taken["userId"], taken["version"]) == (str(admin.id), 3)
    problem(await api.delete(f"{path}/release-lock", holder), 403, "not_lock_owner")
    held = (await api.get("/locks", admin)).json()["items"]
    assert [lock["appointmentId"] for lock in held] == [appointment["id"]]
    statistics = (await api.get(f"{path}/lock-statistics", admin)).json()
    assert statistics["totalAcquisitions"] == 2
    assert statistics["totalTakeOvers"] == 1
    assert statistics["uniqueUsers"] == 2
    analytics = (await api.get("/locks/analytics", admin)).json()
    assert analytics["heldNow"] == 1
    assert analytics["byDay"][0]["acquisitions"] == 2
