"""A schedule takes effect on what is published already (SPEC 4.2)."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from holdfast.kernel.db import Database
from holdfast.verify import assert_clean
from tests.api.test_generate import (
    BERLIN,
    at,
    coming,
    generated,
    open_slots,
    wire,
)
from tests.support.api import Api, problem
from tests.support.cluster import TestDatabase
from tests.support.make import Make, Place, User

# Within the days that are published at once, and behind them.
NEAR, FAR = coming(1), coming(1, weeks=7)
SLOTS = "/appointments/availability/slots"


def hours(place: Place, start: str = "09:00", end: str = "17:00", **more: Any) -> dict[str, Any]:
    """Mondays, in slots of half an hour: sixteen a day."""
    entry = {"weekday": 1, "start": start, "end": end, "facilityId": str(place.facility_id)}
    return {"weekly": [entry | more.pop("entry", {})], "slotMinutes": 30, **more}


async def put(
    api: Api, user: User, place: Place, schedule: dict[str, Any], **params: str
) -> dict[str, Any]:
    path = f"/providers/{place.provider_id}/schedule"
    tag = (await api.get(path, user)).headers.get("etag")
    headers = {"If-Match": tag} if tag else {}
    answer = await api.put(path, user, json=schedule, headers=headers, params=params)
    assert answer.is_success, answer.text
    return answer.json()


async def free(api: Api, place: Place, day: date, zone: ZoneInfo = BERLIN) -> list[str]:
    """The local starts that a client is offered on a day."""
    path = f"/providers/{place.provider_id}/availability"
    params = {"serviceId": str(place.service_id), "date": day.isoformat()}
    answer = await api.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return [
        datetime.fromisoformat(slot["start"]).astimezone(zone).strftime("%H:%M")
        for slot in answer.json()["timeslots"]
        if slot["status"] == "available"
    ]


def slot_at(make: Make, place: Place, start: datetime) -> UUID:
    row = make.one(
        "SELECT id FROM slots WHERE provider_id = %s AND start_at = %s AND deleted_at IS NULL",
        place.provider_id,
        start,
    )
    return row["id"]


def actions(make: Make, slot_id: UUID) -> list[str]:
    rows = make.all("SELECT action FROM slot_audit WHERE slot_id = %s ORDER BY version", slot_id)
    return [row["action"] for row in rows]


async def test_a_day_that_is_closed_is_not_offered_any_more(api: Api, make: Make) -> None:
    """FAULTS A1."""
    admin, client, place = make.admin(), make.client(), make.place()
    await put(api, admin, place, hours(place))
    await generated(api, admin, place, FAR)
    for day in (NEAR, FAR):
        assert len(await free(api, place, day)) == 16
        slot_id = slot_at(make, place, at(day, "10:00"))
        closed = hours(place, exceptions=[{"date": day.isoformat(), "closed": True}])
        assert (await put(api, admin, place, closed))["conflicts"] == []
        assert await free(api, place, day) == []
        problem(await api.reserve(client, place, slot_id), 404, "not_found")
        answer = await api.book_at(client, place, at(day, "10:00"), ifUnavailable="fail")
        problem(answer, 409, "no_slot")
        done = await generated(api, admin, place, day)
        assert done == {"created": 0, "existing": 0, "skipped": []}
        assert actions(make, slot_id) == ["published", "withdrawn"]
        # Open again, the very same slots come back.
        await put(api, admin, place, hours(place))
        assert len(await free(api, place, day)) == 16
        assert slot_at(make, place, at(day, "10:00")) == slot_id
        assert actions(make, slot_id) == ["published", "withdrawn", "published"]


async def test_held_and_booked_slots_stay_and_are_told(
    api: Api, make: Make, database: TestDatabase
) -> None:
    admin, client, other, place = make.admin(), make.client(), make.client(), make.place()
    await put(api, admin, place, hours(place))
    booked_id, held_id = (slot_at(make, place, at(NEAR, clock)) for clock in ("09:00", "11:30"))
    appointment = await api.booked(client, place, booked_id)
    token = (await api.reserve(other, place, held_id)).json()["reservationToken"]
    closed = hours(place, exceptions=[{"date": NEAR.isoformat(), "closed": True}])
    conflicts = [
        {
            "slotId": str(booked_id),
            "appointmentId": appointment["id"],
            "start": wire(at(NEAR, "09:00")),
        },
        {"slotId": str(held_id), "start": wire(at(NEAR, "11:30"))},
    ]
    answer = await put(api, admin, place, closed)
    assert answer == {**closed, "breaks": [], "version": 2, "conflicts": conflicts}
    assert await free(api, place, NEAR) == []
    # Whoever had it goes on, and it is told as long as it is there.
    assert (await api.book(other, token)).status_code == 201
    assert len((await put(api, admin, place, closed))["conflicts"]) == 2

    # Given back, it is gone: the day is closed.
    cancelled = await api.post(
        f"/appointments/{appointment['id']}/cancel", client, json={}, key="new"
    )
    assert cancelled.status_code == 200
    assert await free(api, place, NEAR) == []
    problem(await api.reserve(client, place, booked_id), 404, "not_found")
    assert actions(make, booked_id) == ["published", "held", "booked", "withdrawn"]
    assert [one["slotId"] for one in (await put(api, admin, place, closed))["conflicts"]] == [
        str(held_id)
    ]
    # Open again, what is still booked is the schedule's own once more.
    assert (await put(api, admin, place, hours(place)))["conflicts"] == []
    assert len(await free(api, place, NEAR)) == 15
    assert slot_at(make, place, at(NEAR, "09:00")) == booked_id
    assert_clean(database.owner_url)


async def test_a_hold_that_runs_out_on_a_closed_day_gives_nothing_back(
    api: Api, make: Make, db: Database, database: TestDatabase
) -> None:
    admin, client, other, place = make.admin(), make.client(), make.client(), make.place()
    await put(api, admin, place, hours(place))
    starts = [at(NEAR, clock) for clock in ("09:00", "09:30", "10:00", "10:30")]
    slots = [slot_at(make, place, start) for start in starts]
    tokens = [(await api.reserve(client, place, slot)).json() for slot in slots[:3]]
    requested = await api.book_at(other, place, starts[0], ifUnavailable="request")
    closed = hours(place, exceptions=[{"date": NEAR.isoformat(), "closed": True}])
    assert len((await put(api, admin, place, closed))["conflicts"]) == 3
    for slot in slots[:2]:
        make.expire(slot)
    # Not to be had in any way, before anything has swept it.
    assert await free(api, place, NEAR) == []
    problem(await api.reserve(other, place, slots[0]), 409, "slot_held")
    refusal = await api.book_at(other, place, starts[0], ifUnavailable="fail")
    problem(refusal, 409, "slot_held")
    accept = await api.post(
        f"{SLOTS}/{slots[0]}/accept-appointment",
        admin,
        json={"appointmentId": requested.json()["id"]},
    )
    problem(accept, 409, "slot_held")
    # Staff come upon it, the sweep, a release.
    change = await api.patch(
        f"{SLOTS}/{slots[1]}", admin, json={"status": "blocked"}, headers={"If-Match": "*"}
    )
    problem(change, 404, "not_found")
    await db.run(lambda connection: connection.execute("SELECT sweep_reservations(10)"))
    release = await api.delete(f"/reservations/{tokens[2]['reservationToken']}", client)
    assert release.status_code == 204
    for slot, last in zip(slots[:3], ("withdrawn", "withdrawn", "withdrawn"), strict=True):
        assert actions(make, slot)[-1] == last
        problem(await api.reserve(other, place, slot), 404, "not_found")
    assert_clean(database.owner_url)


async def test_a_hold_that_had_run_out_is_no_conflict(
    api: Api, make: Make, database: TestDatabase
) -> None:
    admin, client, place = make.admin(), make.client(), make.place()
    await put(api, admin, place, hours(place))
    slot_id = slot_at(make, place, at(NEAR, "09:00"))
    await api.reserve(client, place, slot_id)
    make.expire(slot_id)
    closed = hours(place, exceptions=[{"date": NEAR.isoformat(), "closed": True}])
    would = await put(api, admin, place, closed, dryRun="true")
    assert would == {"withdraws": 16, "publishes": 0, "conflicts": []}
    assert (await put(api, admin, place, closed))["conflicts"] == []
    assert actions(make, slot_id)[-2:] == ["expired", "withdrawn"]
    assert_clean(database.owner_url)


@pytest.mark.parametrize("far", [False, True])
async def test_another_length_lays_the_day_out_again(
    api: Api, make: Make, database: TestDatabase, far: bool
) -> None:
    """FAULTS A2: 30 minutes become 45."""
    admin, client, place = make.admin(), make.client(), make.place()
    day = FAR if far else NEAR
    await put(api, admin, place, hours(place, end="12:00"))
    await generated(api, admin, place, day)
    await api.booked(client, place, slot_at(make, place, at(day, "10:30")))
    answer = await put(api, admin, place, hours(place, end="12:00", slotMinutes=45))
    assert [one["start"] for one in answer["conflicts"]] == [wire(at(day, "10:30"))]
    # 10:30 to 11:00 is booked; 11:15 is the next one of the new grid.
    assert await free(api, place, day) == ["09:00", "09:45", "11:15"]
    done = await generated(api, admin, place, day)
    assert done == {
        "created": 0,
        "existing": 3,
        "skipped": [{"start": f"{day}T10:30:00", "reason": "overlap"}],
    }
    assert_clean(database.owner_url)


async def test_a_service_that_takes_longer(api: Api, make: Make, database: TestDatabase) -> None:
    """FAULTS A2: a service's duration and buffers."""
    admin, client, place = make.admin(), make.client(), make.place()
    entry = {"serviceId": str(place.service_id)}
    await put(api, admin, place, hours(place, end="12:00", entry=entry))
    booked = slot_at(make, place, at(NEAR, "10:00"))
    await api.booked(client, place, booked)
    path = f"/services/{place.service_id}"
    answer = await api.patch(path, admin, json={"durationMinutes": 60, "version": 1})
    assert answer.status_code == 200
    assert [one["slotId"] for one in answer.json()["conflicts"]] == [str(booked)]
    assert await free(api, place, NEAR) == ["09:00", "11:00"]
    body = {"durationMinutes": 30, "bufferAfterMinutes": 15, "version": 2}
    await api.patch(path, admin, json=body)
    # The booked slot's own buffer, until 10:45, is free as well.
    assert await free(api, place, NEAR) == ["09:00", "11:15"]
    await api.patch(path, admin, json={"bufferAfterMinutes": 0, "version": 3})
    assert len(await free(api, place, NEAR)) == 5
    # What changes no times lays nothing out.
    answer = await api.patch(path, admin, json={"priceCents": 1, "version": 4})
    assert "conflicts" not in answer.json()
    assert make.all("SELECT FROM stale_calendars") == []
    assert_clean(database.owner_url)


async def test_another_zone(api: Api, make: Make, database: TestDatabase) -> None:
    """FAULTS A2: no two sets of slots side by side."""
    admin, client, place = make.admin(), make.client(), make.place()
    await put(api, admin, place, hours(place))
    booked = slot_at(make, place, at(NEAR, "09:00"))
    await api.booked(client, place, booked)
    path = f"/providers/{place.provider_id}"
    answer = await api.patch(path, admin, json={"timezone": "America/New_York", "version": 1})
    assert [one["slotId"] for one in answer.json()["conflicts"]] == [str(booked)]
    new_york = ZoneInfo("America/New_York")
    assert len(await free(api, place, NEAR, new_york)) == 16
    open_ones = [start for start, _ in open_slots(make, place) if start.date() == NEAR]
    assert len(open_ones) == 17
    await api.patch(path, admin, json={"timezone": "Europe/Berlin", "version": 2})
    assert len(await free(api, place, NEAR)) == 15
    assert_clean(database.owner_url)


async def test_other_links(api: Api, make: Make) -> None:
    """A facility or service that is not the provider's any more is not offered there."""
    admin, place, service_id = make.admin(), make.place(), make.service()
    provider = f"/providers/{place.provider_id}"
    both = [str(place.service_id), str(service_id)]
    await api.patch(provider, admin, json={"serviceIds": both, "version": 1})
    entry = {"serviceId": str(place.service_id)}
    await put(api, admin, place, hours(place, entry=entry))
    slot_id = slot_at(make, place, at(NEAR, "09:00"))
    answer = await api.patch(provider, admin, json={"serviceIds": both[1:], "version": 2})
    assert answer.json()["conflicts"] == []
    assert actions(make, slot_id) == ["published", "withdrawn"]
    await api.patch(provider, admin, json={"serviceIds": both, "version": 3})
    assert len(await free(api, place, NEAR)) == 16


async def test_a_new_schedule_shows_at_once(api: Api, make: Make) -> None:
    """FAULTS A4: for today and the 30 days after it."""
    admin, place = make.admin(), make.place()
    every_day = [
        {"weekday": day, "start": "09:00", "end": "11:00", "facilityId": str(place.facility_id)}
        for day in range(1, 8)
    ]
    await put(api, admin, place, {"weekly": every_day, "slotMinutes": 30})
    today = datetime.now(BERLIN).date()
    days = {start.astimezone(BERLIN).date() for start, _ in open_slots(make, place)}
    expected = {today + timedelta(days=number) for number in range(1, 31)}
    assert expected <= days <= expected | {today}


async def test_a_dry_run_changes_nothing(api: Api, make: Make) -> None:
    admin, client, place = make.admin(), make.client(), make.place()
    path = f"/providers/{place.provider_id}/schedule"
    first = await api.put(path, admin, json=hours(place), params={"dryRun": "true"})
    counts = first.json()
    assert (first.status_code, counts["withdraws"], counts["conflicts"]) == (200, 0, [])
    problem(await api.get(path, admin), 404, "not_found")
    assert make.all("SELECT FROM slots") == []
    await put(api, admin, place, hours(place))
    assert len(open_slots(make, place)) == counts["publishes"] > 0

    booked = slot_at(make, place, at(NEAR, "09:00"))
    await api.booked(client, place, booked)
    before = make.all("SELECT * FROM slots ORDER BY id")
    later = hours(place, "12:00", "18:00", slotMinutes=60)
    answer = await api.put(path, admin, json={**later, "version": 1}, params={"dryRun": "true"})
    assert answer.status_code == 200
    would = answer.json()
    assert would.keys() == {"withdraws", "publishes", "conflicts"}
    assert [one["slotId"] for one in would["conflicts"]] == [str(booked)]
    assert make.all("SELECT * FROM slots ORDER BY id") == before
    assert (await api.get(path, admin)).json()["version"] == 1
    number = make.one("SELECT count(*) FROM slot_audit")["count"]
    await put(api, admin, place, later)
    # Each withdrawal and each new slot has its entry.
    done = make.one("SELECT count(*) FROM slot_audit")["count"] - number
    assert done == would["withdraws"] + would["publishes"]
    gone = make.one("SELECT count(*) FROM slots WHERE origin = 'withdrawn'")["count"]
    assert gone == would["withdraws"]


async def test_a_dry_run_checks_what_a_put_checks(api: Api, make: Make) -> None:
    admin, place, other = make.admin(), make.place(), make.place()
    path = f"/providers/{place.provider_id}/schedule"
    await put(api, admin, place, hours(place))
    dry = {"params": {"dryRun": "true"}}
    body = hours(place)
    problem(await api.put(path, None, json=body, **dry), 401, "unauthenticated")
    problem(await api.put(path, make.client(), json=body, **dry), 403, "forbidden")
    stranger = make.operator(other.provider_id)
    problem(await api.put(path, stranger, json=body, **dry), 404, "not_found")
    problem(await api.put(path, admin, json=body, **dry), 428, "precondition_required")
    stale = await api.put(path, admin, json={**body, "version": 7}, **dry)
    assert problem(stale, 409, "version_conflict")["currentVersion"] == 1
    headers = {"If-Match": '"7"'}
    problem(
        await api.put(path, admin, json=body, headers=headers, **dry), 412, "precondition_failed"
    )
    foreign = hours(other, version=1)
    problem(await api.put(path, admin, json=foreign, **dry), 422, "validation_failed")
    bad = await api.put(path, admin, json={**body, "version": 1}, params={"dryRun": "perhaps"})
    errors = problem(bad, 422, "validation_failed")["details"]["errors"]
    assert [error["field"] for error in errors] == ["dryRun"]


async def test_staffs_own_slots_stay(api: Api, make: Make, database: TestDatabase) -> None:
    """What staff published or moved is theirs; new slots are laid around it."""
    admin, place = make.admin(), make.place()
    await put(api, admin, place, hours(place, end="11:00"))
    own = await api.post(
        SLOTS,
        admin,
        json={
            "providerId": str(place.provider_id),
            "facilityId": str(place.facility_id),
            "start": wire(at(NEAR, "14:00")),
            "end": wire(at(NEAR, "14:20")),
        },
    )
    assert own.status_code == 201
    moved, blocked = (slot_at(make, place, at(NEAR, clock)) for clock in ("10:30", "09:30"))
    for slot_id, body in (
        (moved, {"start": wire(at(NEAR, "15:00")), "end": wire(at(NEAR, "15:30"))}),
        (blocked, {"status": "blocked"}),
    ):
        answer = await api.patch(f"{SLOTS}/{slot_id}", admin, json={**body, "version": 1})
        assert answer.status_code == 200
    answer = await put(api, admin, place, hours(place, "14:00", "16:00", slotMinutes=30))
    assert answer["conflicts"] == []
    assert await free(api, place, NEAR) == ["14:30", "15:00", "15:30"]
    rows = make.all(
        "SELECT id FROM slots WHERE deleted_at IS NULL AND start_at BETWEEN %s AND %s",
        at(NEAR, "00:00"),
        at(NEAR, "23:59"),
    )
    assert {moved, blocked, UUID(own.json()["id"])} < {row["id"] for row in rows}
    # What staff have moved back is still theirs.
    closed = hours(place, exceptions=[{"date": NEAR.isoformat(), "closed": True}])
    await put(api, admin, place, closed)
    assert actions(make, moved) == ["published", "changed"]
    assert_clean(database.owner_url)


async def test_withdrawn_is_not_deleted(api: Api, make: Make) -> None:
    """FAULTS A3: what staff deleted stays away while the schedule is the same, and comes back with
    a schedule that has its time anew."""
    admin, place = make.admin(), make.place()
    await put(api, admin, place, hours(place))
    slot_id = slot_at(make, place, at(NEAR, "09:30"))
    await api.delete(f"{SLOTS}/{slot_id}", admin, headers={"If-Match": "*"})
    done = await generated(api, admin, place, NEAR)
    assert done["skipped"] == [{"start": f"{NEAR}T09:30:00", "reason": "deleted"}]
    # The same hours again, and other ones that have that time as before.
    for schedule in (hours(place), hours(place, end="18:00")):
        await put(api, admin, place, schedule)
        assert "09:30" not in await free(api, place, NEAR)
    closed = hours(place, exceptions=[{"date": NEAR.isoformat(), "closed": True}])
    await put(api, admin, place, closed)
    assert (await put(api, admin, place, hours(place), dryRun="true"))["publishes"] == 16
    await put(api, admin, place, hours(place))
    assert len(await free(api, place, NEAR)) == 16
    assert actions(make, slot_id) == ["published", "deleted", "published"]


async def test_a_removed_facility_does_not_leave_its_times_empty(api: Api, make: Make) -> None:
    """A sister of A3: its slots were withdrawn, not deleted by staff."""
    admin, place, other = make.admin(), make.place(), make.facility()
    provider = f"/providers/{place.provider_id}"
    both = [str(place.facility_id), str(other)]
    await api.patch(provider, admin, json={"facilityIds": both, "version": 1})
    entry = {"facilityId": str(other)}
    await put(api, admin, place, hours(place, entry=entry))
    assert (await api.delete(f"/facilities/{other}", admin, headers={"If-Match": "*"})).is_success
    assert await free(api, place, NEAR) == []
    await put(api, admin, place, hours(place))
    assert len(await free(api, place, NEAR)) == 16


async def test_holidays_as_one_entry(api: Api, make: Make) -> None:
    """FAULTS A5."""
    admin, place = make.admin(), make.place()
    first, last = NEAR, NEAR + timedelta(days=7)
    schedule = hours(
        place,
        exceptions=[
            {"from": first.isoformat(), "to": last.isoformat(), "closed": True},
            {
                "from": (last + timedelta(days=1)).isoformat(),
                "to": (last + timedelta(days=2)).isoformat(),
                "start": "09:00",
                "end": "10:00",
                "facilityId": str(place.facility_id),
            },
        ],
    )
    answer = await put(api, admin, place, schedule)
    assert answer["exceptions"] == schedule["exceptions"]
    offered = [len(await free(api, place, first + timedelta(days=n))) for n in (0, 7, 8, 9, 10, 14)]
    assert offered == [0, 0, 2, 2, 0, 16]


async def test_hours_over_midnight(api: Api, make: Make) -> None:
    """FAULTS A5: slots of one night lie on both days, and one across midnight."""
    admin, place = make.admin(), make.place()
    tuesday = NEAR + timedelta(days=1)
    await put(api, admin, place, hours(place, "22:00", "02:00", slotMinutes=45))
    assert await free(api, place, NEAR) == ["22:00", "22:45", "23:30"]
    assert await free(api, place, tuesday) == ["00:15", "01:00"]
    # The night is Monday's: a closed Tuesday leaves it, a closed Monday does not.
    closed = {"date": tuesday.isoformat(), "closed": True}
    await put(
        api, admin, place, hours(place, "22:00", "02:00", slotMinutes=45, exceptions=[closed])
    )
    assert await free(api, place, tuesday) == ["00:15", "01:00"]
    closed = {"date": NEAR.isoformat(), "closed": True}
    await put(
        api, admin, place, hours(place, "22:00", "02:00", slotMinutes=45, exceptions=[closed])
    )
    assert (await free(api, place, NEAR), await free(api, place, tuesday)) == ([], [])
