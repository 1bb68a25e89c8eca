"""Publishing skips busy times, and comes back for them."""

from datetime import timedelta
from uuid import UUID

import pytest

from holdfast.catalogue.publishing import lay_out_due, publish_ahead
from holdfast.kernel.db import Database
from tests.api.test_generate import BERLIN, MONDAY, at, coming, generated, put_schedule, shown
from tests.deliveries.busy.rows import connect, imported, status
from tests.support.api import Api
from tests.support.make import Make, Place, User

DAY = timedelta(days=1)
# Within the days that a schedule publishes at once.
SOON = coming(2)


@pytest.fixture
def place(make: Make) -> Place:
    return make.place()


@pytest.fixture
def admin(make: Make) -> User:
    return make.admin()


def starts(make: Make, place: Place) -> dict[str, str]:
    """Status by start of the live slots."""
    rows = make.all(
        "SELECT start_at, status::text FROM slots WHERE provider_id = %s AND deleted_at IS NULL",
        place.provider_id,
    )
    return {shown(row["start_at"].astimezone(BERLIN)): row["status"] for row in rows}


async def test_generate_skips_busy_times_and_says_so(
    api: Api, make: Make, db: Database, place: Place, admin: User
) -> None:
    await put_schedule(api, admin, place)
    connection = connect(make, place)
    await imported(db, make, connection, (at(MONDAY, "09:45"), at(MONDAY, "10:30")))
    done = await generated(api, admin, place, MONDAY)
    assert done["created"] == 2
    assert done["skipped"] == [
        {"start": shown(at(MONDAY, clock)), "reason": "calendar"} for clock in ("09:30", "10:00")
    ]
    assert (await generated(api, admin, place, MONDAY))["existing"] == 2
    # The busy time moves: what was skipped is published, by whoever lays out calendars.
    await imported(db, make, connection, (at(MONDAY, "09:00"), at(MONDAY, "09:30")))
    assert await lay_out_due(db) == 1
    there = starts(make, place)
    monday = {start[11:]: state for start, state in there.items() if start[:10] == str(MONDAY)}
    assert monday == {
        "09:00:00": "blocked",
        "09:30:00": "available",
        "10:00:00": "available",
        "10:30:00": "available",
    }
    # And it does not go on for ever.
    await imported(db, make, connection, (at(MONDAY, "09:00"), at(MONDAY, "09:30")))
    assert make.all("SELECT FROM stale_calendars") == []
    assert make.all("SELECT FROM busy_skips") == []


async def test_what_is_kept_published_skips_busy_times(
    api: Api, make: Make, db: Database, place: Place, admin: User
) -> None:
    connection = connect(make, place)
    await imported(db, make, connection, (at(SOON, "00:00"), at(SOON + DAY, "00:00")))
    await put_schedule(api, admin, place)
    await publish_ahead(db)
    days = {start[:10] for start in starts(make, place)}
    assert str(SOON) not in days
    assert {str(SOON - DAY), str(SOON + DAY)} <= days


async def test_a_schedule_withdraws_what_a_calendar_blocks(
    api: Api, make: Make, db: Database, place: Place, admin: User
) -> None:
    """Nobody wanted it blocked, so nobody misses it; when the busy time goes, it is not offered."""
    await put_schedule(api, admin, place)
    connection = connect(make, place)
    busy = (at(SOON, "09:00"), at(SOON, "10:00"))
    assert (await imported(db, make, connection, busy))[1] == 2
    slots: list[UUID] = [row["slot_id"] for row in make.all("SELECT slot_id FROM busy_blocks")]
    path = f"/appointments/availability/slots/{slots[0]}"
    assert (
        await api.patch(path, admin, json={"status": "blocked", "version": 2})
    ).status_code == 200
    await put_schedule(api, admin, place, weekly=[])
    # The one that staff wanted blocked stays.
    assert list(starts(make, place).values()) == ["blocked"]
    await imported(db, make, connection, (at(SOON, "20:00"), at(SOON, "21:00")))
    await lay_out_due(db)
    assert list(starts(make, place).values()) == ["blocked"]
    await put_schedule(api, admin, place)
    assert status(make, slots[1]) == "available"


async def test_a_dry_run_counts_as_the_real_one_and_notes_nothing(
    api: Api, make: Make, db: Database, place: Place, admin: User
) -> None:
    connection = connect(make, place)
    await imported(db, make, connection, (at(SOON, "00:00"), at(SOON + DAY, "00:00")))
    weekly = [
        {
            "weekday": SOON.isoweekday(),
            "start": "09:00",
            "end": "11:00",
            "facilityId": str(place.facility_id),
        }
    ]
    body = {"weekly": weekly, "slotMinutes": 30, "version": 0}
    path = f"/providers/{place.provider_id}/schedule"
    dry = await api.put(f"{path}?dryRun=true", admin, json=body)
    assert dry.status_code == 200, dry.text
    assert make.all("SELECT FROM busy_skips") == []
    assert (await api.put(path, admin, json=body)).status_code == 201
    assert len(starts(make, place)) == dry.json()["publishes"]
