"""Slots follow busy times: what is blocked, freed, and left alone."""

from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

import pytest

from holdfast.calendars.busy import follow as following
from holdfast.calendars.busy.follow import follow, follow_marked
from holdfast.kernel.db import Database
from tests.deliveries.busy.rows import connect, imported, last_entry, read, status, written
from tests.support.api import Api
from tests.support.make import Make, Place, User, soon

HOUR = timedelta(hours=1)
START = soon()
BUSY = (START, START + HOUR)


@pytest.fixture
def place(make: Make) -> Place:
    return make.place()


@pytest.fixture
def connection(make: Make, place: Place) -> UUID:
    return connect(make, place)


async def test_available_slots_under_a_busy_time_are_blocked_and_freed(
    db: Database, make: Make, place: Place, connection: UUID
) -> None:
    before, first, second, after = make.slots(place, 4, START - HOUR / 2)
    assert await imported(db, make, connection, BUSY) == ("changed", 2)
    assert [status(make, slot) for slot in (before, first, second, after)] == [
        "available",
        "blocked",
        "blocked",
        "available",
    ]
    assert last_entry(make, first) == ("blocked", "system", "calendar", "blocked")
    assert await imported(db, make, connection, (START + HOUR / 2, START + HOUR)) == ("changed", 1)
    assert [status(make, slot) for slot in (first, second)] == ["available", "blocked"]
    assert last_entry(make, first) == ("changed", "system", "calendar", "available")
    assert make.all("SELECT FROM busy_marks") == []


async def test_a_slot_that_is_touched_by_a_minute_is_under_it(
    db: Database, make: Make, place: Place, connection: UUID
) -> None:
    slot = make.slot(place, START)
    minute = timedelta(minutes=1)
    beside = [(START - HOUR, START), (START + HOUR / 2, START + HOUR)]
    assert await imported(db, make, connection, *beside) == ("changed", 0)
    assert await imported(db, make, connection, (START - HOUR, START + minute)) == ("changed", 1)
    assert status(make, slot) == "blocked"


async def test_the_same_once_more_writes_nothing(
    db: Database, make: Make, place: Place, connection: UUID
) -> None:
    make.slots(place, 4, START)
    await imported(db, make, connection, BUSY)
    known = written(make)
    assert await imported(db, make, connection, BUSY) == ("unchanged", 0)
    assert await imported(db, make, connection, is_full=False) == ("unchanged", 0)
    assert written(make) == known


async def test_held_and_booked_slots_stay(
    db: Database, make: Make, place: Place, connection: UUID, api: Api
) -> None:
    held, booked, free = make.slots(place, 3, START)
    client = make.client()
    make.appointment(client, place, booked)
    assert (await api.reserve(client, place, held)).status_code == 201
    assert await imported(db, make, connection, (START, START + 2 * HOUR)) == ("changed", 1)
    assert [status(make, slot) for slot in (held, booked, free)] == ["held", "booked", "blocked"]
    # Once they are given back, the next pass finds them.
    make.expire(held)
    assert await imported(db, make, connection, (START, START + 2 * HOUR)) == ("unchanged", 1)
    assert status(make, held) == "blocked"
    assert make.one("SELECT status FROM reservations WHERE slot_id = %s", held) == {
        "status": "expired"
    }


async def change(api: Api, admin: User, slot: UUID, version: int, **values: object) -> None:
    path = f"/appointments/availability/slots/{slot}"
    answer = await api.patch(path, admin, json={**values, "version": version})
    assert answer.status_code == 200, answer.text


async def bulk(api: Api, admin: User, place: Place, action: str) -> None:
    period = {"from": START.isoformat(), "to": (START + HOUR).isoformat()}
    body = {"action": action, "providerId": str(place.provider_id), **period}
    answer = await api.post("/appointments/availability/slots/bulk", admin, json=body)
    assert answer.status_code == 200, answer.text


async def test_what_staff_touched_is_theirs_until_the_busy_time_goes(
    db: Database, make: Make, place: Place, connection: UUID, api: Api
) -> None:
    """One is opened, one blocked once more, one moved within the busy time, the last left alone."""
    admin = make.admin()
    opened, blocked, moved, last = (make.slot(place, START + 2 * n * HOUR) for n in range(4))
    day = (START, START + 8 * HOUR)
    await imported(db, make, connection, day)
    await change(api, admin, opened, 2, status="available")
    await change(api, admin, blocked, 2, status="blocked")
    await change(
        api,
        admin,
        moved,
        2,
        start=(START + 5 * HOUR).isoformat(),
        end=(START + 5.5 * HOUR).isoformat(),
    )
    four = (opened, blocked, moved, last)
    for spans in ([day], [day, (START, START + HOUR)]):
        await imported(db, make, connection, *spans)
        states = ["available", "blocked", "blocked", "blocked"]
        assert [status(make, slot) for slot in four] == states
    await imported(db, make, connection, (START + 20 * HOUR, START + 21 * HOUR))
    assert [status(make, slot) for slot in four] == ["available", "blocked", "blocked", "available"]
    assert make.all("SELECT FROM busy_blocks") == []
    # Another busy time is another one.
    await imported(db, make, connection, day)
    assert {status(make, slot) for slot in four} == {"blocked"}
    await imported(db, make, connection, (START + 20 * HOUR, START + 21 * HOUR))
    assert [status(make, slot) for slot in four] == ["available", "blocked", "blocked", "available"]


@pytest.mark.parametrize(("action", "end"), [("block", "blocked"), ("unblock", "available")])
async def test_what_staff_change_many_at_once_is_theirs_too(
    action: str,
    end: str,
    db: Database,
    make: Make,
    place: Place,
    connection: UUID,
    api: Api,
) -> None:
    slot = make.slot(place, START)
    await imported(db, make, connection, BUSY)
    await bulk(api, make.admin(), place, action)
    assert await imported(db, make, connection, BUSY) == ("unchanged", 0)
    assert status(make, slot) == end
    assert await imported(db, make, connection, (START + HOUR, START + 2 * HOUR)) == ("changed", 0)
    assert status(make, slot) == end


async def test_what_staff_publish_by_hand_into_a_busy_time_is_open(
    db: Database, make: Make, place: Place, connection: UUID, api: Api
) -> None:
    await imported(db, make, connection, BUSY)
    body = {
        "providerId": str(place.provider_id),
        "facilityId": str(place.facility_id),
        "start": START.isoformat(),
        "end": (START + HOUR / 2).isoformat(),
    }
    answer = await api.post("/appointments/availability/slots", make.admin(), json=body)
    assert answer.status_code == 201
    assert await imported(db, make, connection, BUSY) == ("unchanged", 0)
    assert status(make, UUID(answer.json()["id"])) == "available"


async def test_a_blocked_slot_whose_time_another_one_took_stays_blocked(
    db: Database, make: Make, place: Place, connection: UUID
) -> None:
    slot = make.slot(place, START)
    await imported(db, make, connection, BUSY)
    make.slot(place, START + HOUR / 4)
    assert await imported(db, make, connection, (START + 5 * HOUR, START + 6 * HOUR)) == (
        "changed",
        0,
    )
    assert status(make, slot) == "blocked"


async def test_a_slot_is_free_when_no_calendar_says_otherwise(
    db: Database, make: Make, place: Place, connection: UUID
) -> None:
    slot, other = make.slot(place, START), connect(make, place)
    await imported(db, make, connection, BUSY)
    await imported(db, make, other, (START - HOUR, START + HOUR / 4))
    elsewhere = (START + 5 * HOUR, START + 6 * HOUR)
    assert await imported(db, make, connection, elsewhere) == ("changed", 0)
    assert status(make, slot) == "blocked"
    assert await imported(db, make, other, elsewhere) == ("changed", 1)
    assert status(make, slot) == "available"


@pytest.mark.parametrize("end", ["busy = false", "deleted_at = now()"])
async def test_a_connection_that_ends_blocks_nothing(
    end: LiteralString, db: Database, make: Make, place: Place, connection: UUID
) -> None:
    slot = make.slot(place, START)
    await imported(db, make, connection, BUSY)
    make.db.execute(f"UPDATE calendar_connections SET {end}")
    assert await follow_marked(db) == 1
    assert status(make, slot) == "available"
    for table in ("busy_times", "busy_imports", "busy_blocks", "busy_marks"):
        assert make.all(f"SELECT FROM {table}") == []


async def test_many_slots_are_changed_some_at_a_time(
    db: Database, make: Make, place: Place, connection: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    slots = make.slots(place, 20, START)
    monkeypatch.setattr(following, "SLOTS_AT_ONCE", 7)
    assert await imported(db, make, connection, (START, START + 10 * HOUR)) == ("changed", 20)
    assert {status(make, slot) for slot in slots} == {"blocked"}
    transactions = make.one("SELECT count(DISTINCT xmin::text) FROM busy_blocks")
    assert transactions["count"] == 3
    assert await imported(db, make, connection, BUSY) == ("changed", 18)
    assert make.all("SELECT FROM busy_marks") == []


async def test_a_pass_that_was_cut_short_is_gone_on_with(
    db: Database, make: Make, place: Place, connection: UUID
) -> None:
    """A worker that died after the read: the mark was written with it."""
    slot = make.slot(place, START)
    assert await read(db, make, connection, {"one": [BUSY]}) == "changed"
    assert status(make, slot) == "available"
    assert await follow_marked(db) == 1
    assert status(make, slot) == "blocked"
    assert await follow_marked(db) == 0


async def test_what_has_begun_is_left_as_it_is(
    db: Database, make: Make, place: Place, connection: UUID
) -> None:
    slot = make.slot(place, START)
    await imported(db, make, connection, BUSY)
    now = datetime.now(START.tzinfo)
    make.db.execute(
        "UPDATE slots SET start_at = %s, end_at = %s WHERE id = %s",
        [now - HOUR / 4, now + HOUR / 4, slot],
    )
    assert await follow(db, place.provider_id) == 0
    assert status(make, slot) == "blocked"
    assert make.all("SELECT FROM busy_blocks") == []
