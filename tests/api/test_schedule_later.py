"""Calendars that are laid out after the request, and those of an older version (SPEC 4.2)."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from holdfast.catalogue import laying
from holdfast.catalogue.publishing import lay_out_due, publish_ahead
from holdfast.kernel.db import Database
from tests.api.test_generate import at, generated, unpublished_schedule
from tests.api.test_schedule_effect import FAR, NEAR, free, hours, put, slot_at
from tests.support.api import Api
from tests.support.make import Make


async def test_a_change_that_nobody_laid_out_is_remembered(
    make: Make, db: Database, api: Api
) -> None:
    """The mark commits with the change; a worker does the rest, once."""
    admin, place, unscheduled = make.admin(), make.place(), make.place()
    await put(api, admin, place, hours(place))
    make.db.execute("UPDATE providers SET timezone = 'Asia/Tokyo'")
    marked = make.all("SELECT provider_id FROM stale_calendars")
    assert (
        [row["provider_id"] for row in marked] == [place.provider_id] != [unscheduled.provider_id]
    )
    assert await lay_out_due(db) == 1
    assert await lay_out_due(db) == 0
    tokyo = ZoneInfo("Asia/Tokyo")
    assert len(await free(api, place, NEAR, tokyo)) == 16
    rows = make.all("SELECT DISTINCT start_at::time AS t FROM slots WHERE is_open ORDER BY t")
    assert len(rows) == 16
    last = make.one("SELECT actor_type, reason FROM slot_audit ORDER BY id DESC LIMIT 1")
    assert last["actor_type"] == "system"


async def test_one_bad_calendar_lets_others_go_first(make: Make, db: Database, api: Api) -> None:
    admin, places = make.admin(), [make.place() for _ in range(3)]
    for place in places:
        await put(api, admin, place, hours(place))
    make.db.execute("UPDATE providers SET timezone = 'Asia/Tokyo'")
    bad = places[1].provider_id
    make.db.execute("UPDATE providers SET timezone = 'Nowhere/City' WHERE id = %s", [bad])
    assert await lay_out_due(db) == 3
    assert [row["provider_id"] for row in make.all("SELECT * FROM stale_calendars")] == [bad]
    assert await lay_out_due(db) == 0, "not at once again"
    make.db.execute("UPDATE providers SET timezone = 'Asia/Tokyo' WHERE id = %s", [bad])
    assert await lay_out_due(db) == 1
    assert make.all("SELECT * FROM stale_calendars") == []


async def test_a_calendar_far_ahead_is_laid_out_in_parts(
    make: Make, db: Database, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(laying, "LAID_DAYS", 20)
    admin, place = make.admin(), make.place()
    await put(api, admin, place, hours(place))
    await generated(api, admin, place, FAR)
    closed = hours(place, exceptions=[{"date": FAR.isoformat(), "closed": True}])
    await put(api, admin, place, closed)
    passes = 0
    while await lay_out_due(db):
        passes += 1
    assert passes == 2
    assert await free(api, place, FAR) == []


async def test_slots_from_before_the_upgrade(make: Make, db: Database, api: Api) -> None:
    """Rows without an origin: what the schedule asks for, or the server published, is its own."""
    admin, place = make.admin(), make.place()
    unpublished_schedule(make, place)
    await publish_ahead(db)
    wanted = slot_at(make, place, at(NEAR, "09:00"))
    moved = slot_at(make, place, at(NEAR, "09:30"))
    start = at(NEAR, "13:00")
    make.db.execute(
        "UPDATE slots SET start_at = %s, end_at = %s WHERE id = %s",
        [start, start + timedelta(minutes=30), moved],
    )
    own = make.slot(place, at(NEAR, "12:00"))
    make.db.execute("UPDATE slots SET origin = NULL")
    # The schedule has been another one since; the server's name tells whose this is.
    old = slot_at(make, place, at(NEAR, "10:30"))
    make.db.execute("UPDATE schedules SET slot_minutes = 90")
    await put(api, admin, place, hours(place, end="09:30"))
    rows = make.all(
        "SELECT id, origin::text FROM slots WHERE id = ANY(%s)", [wanted, moved, own, old]
    )
    assert {row["id"]: row["origin"] for row in rows} == {
        wanted: "schedule",
        moved: "staff",
        own: "staff",
        old: "withdrawn",
    }
