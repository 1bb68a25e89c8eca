"""Publishing from schedules while others publish, remove and generate (SPEC 4.2, I1)."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

from holdfast.catalogue.publishing import publish_ahead
from holdfast.config import Settings
from holdfast.kernel.db import Database
from tests.api.test_generate import MONDAY, at, shown, unpublished_schedule, wire
from tests.concurrency.support import Answer, Crowd, all_of, crowd_of, deadlocks, gate
from tests.support.cluster import TestDatabase
from tests.support.make import Make, Place, User

LOCK_PROVIDER = "SELECT FROM providers WHERE id = %s FOR UPDATE"


def scheduled(make: Make) -> Place:
    """A provider who works every day from nine to eleven, in four slots; none is published."""
    place = make.place()
    unpublished_schedule(make, place)
    return place


async def generate(crowd: Crowd, user: User, place: Place, first: int, days: int) -> Answer:
    """Generate so many days, from the `first` day after the Monday on."""
    start = MONDAY + timedelta(days=first)
    body = {"from": start.isoformat(), "to": (start + timedelta(days=days - 1)).isoformat()}
    path = f"/providers/{place.provider_id}/slots/generate"
    return await crowd.send(user, "POST", path, body)


async def publish(crowd: Crowd, user: User, place: Place, start: datetime) -> Answer:
    body = {
        "providerId": str(place.provider_id),
        "facilityId": str(place.facility_id),
        "start": wire(start),
        "end": wire(start + timedelta(minutes=15)),
    }
    return await crowd.send(user, "POST", "/appointments/availability/slots", body)


def count_slots(make: Make) -> int:
    return make.one("SELECT count(*) FROM slots WHERE is_open")["count"]


async def test_ten_at_once_create_each_slot_once(
    crowd: Crowd, make: Make, database: TestDatabase
) -> None:
    admin = make.admin()
    place = scheduled(make)
    async with gate(database, LOCK_PROVIDER, place.provider_id) as door:
        # Ranges of ten days that overlap in part, over fourteen days.
        runs = [
            asyncio.create_task(generate(crowd, admin, place, number % 5, 10))
            for number in range(10)
        ]
        await door.until_waiting(10)
        await door.open()
        answers = await all_of(runs)
    assert [answer.status for answer in answers] == [200] * 10
    bodies = [answer.json() for answer in answers]
    assert sum(body["created"] for body in bodies) == 14 * 4
    assert all(body["created"] + body["existing"] == 40 for body in bodies)
    assert all(body["skipped"] == [] for body in bodies)
    assert count_slots(make) == 14 * 4
    assert make.one("SELECT count(*) FROM slot_audit")["count"] == 14 * 4
    assert make.one("SELECT count(*) FROM outbox")["count"] == 14 * 4


async def test_generating_and_publishing_by_hand(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    """Whoever comes first has the time; the other is told, and nothing deadlocks."""
    admin = make.admin()
    async with crowd_of(database, settings, connections=12) as crowd:
        place = scheduled(make)
        starts = [at(MONDAY, clock) for clock in ("09:15", "09:45", "10:15", "10:45")]
        async with gate(database, LOCK_PROVIDER, place.provider_id) as door:
            by_hand = [asyncio.create_task(publish(crowd, admin, place, start)) for start in starts]
            runs = [asyncio.create_task(generate(crowd, admin, place, 0, 1)) for _ in range(4)]
            await door.until_waiting(8)
            await door.open()
            published = [answer.status for answer in await all_of(by_hand)]
            answers = await all_of(runs)
    assert set(published) <= {201, 409}
    assert {answer.status for answer in answers} == {200}
    created = sum(answer.json()["created"] for answer in answers)
    assert created == 4 - published.count(201)
    assert count_slots(make) == 4
    assert deadlocks(database) == 0


async def test_a_slot_published_past_the_calendar(
    crowd: Crowd, make: Make, database: TestDatabase
) -> None:
    """Something that ignores the calendar's lock costs another attempt, not an error."""
    admin = make.admin()
    place = scheduled(make)
    start = at(MONDAY, "09:10")
    async with gate(
        database,
        "INSERT INTO slots (id, provider_id, facility_id, start_at, end_at) "
        "VALUES (%s, %s, %s, %s, %s)",
        uuid4(),
        place.provider_id,
        place.facility_id,
        start,
        start + timedelta(minutes=5),
    ) as door:
        run = asyncio.create_task(generate(crowd, admin, place, 0, 1))
        await door.until_waiting(1)
        await door.open()
        answer = await run
    assert answer.json() == {
        "created": 3,
        "existing": 0,
        "skipped": [{"start": shown(at(MONDAY, "09:00")), "reason": "overlap"}],
    }
    # The attempt that was undone left no trace in the history.
    assert make.one("SELECT count(*) FROM slot_audit")["count"] == 4


async def test_generating_while_the_facility_is_removed(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    """No open slot is left at a removed facility, whoever comes first; nothing deadlocks."""
    admin = make.admin()
    async with crowd_of(database, settings, connections=16) as crowd:
        places = [scheduled(make) for _ in range(8)]
        runs = [generate(crowd, admin, place, 0, 20) for place in places]
        removals = [
            crowd.send(admin, "DELETE", f"/facilities/{place.facility_id}", {"version": 1})
            for place in places
        ]
        mixed = [attempt for pair in zip(runs, removals, strict=True) for attempt in pair]
        answers = await all_of(mixed)
    assert [answer.status for answer in answers] == [200, 204] * 8
    left = make.all(
        "SELECT s.id FROM slots AS s JOIN facilities AS f ON f.id = s.facility_id "
        "WHERE s.deleted_at IS NULL AND f.deleted_at IS NOT NULL"
    )
    assert left == []
    assert deadlocks(database) == 0


async def test_removing_while_others_book(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    """Each service is either booked and stays, or is removed and nobody has booked it."""
    admin, clients = make.admin(), [make.client() for _ in range(8)]
    async with crowd_of(database, settings, connections=20) as crowd:
        places = [make.place() for _ in range(8)]
        slots = [make.slots(place, 2) for place in places]
        starts = [
            make.one("SELECT start_at FROM slots WHERE id = %s", first)["start_at"]
            for first, _ in slots
        ]
        answers = await all_of(
            attempt
            for place, client, start in zip(places, clients, starts, strict=True)
            for attempt in (
                crowd.book_at(client, place, start),
                crowd.send(admin, "DELETE", f"/facilities/{place.facility_id}", {"version": 1}),
            )
        )
    for booked, removed in zip(answers[::2], answers[1::2], strict=True):
        assert (booked.status, removed.status) in {(201, 409), (201, 204), (409, 204), (404, 204)}
        if removed.status == 409:
            assert removed.scenario == "in_use"
    stranded = make.all(
        "SELECT a.id FROM appointments AS a JOIN facilities AS f ON f.id = a.facility_id "
        "WHERE a.is_live AND f.deleted_at IS NOT NULL"
    )
    assert stranded == []
    assert deadlocks(database) == 0


async def test_workers_publish_ahead_together(make: Make, db: Database) -> None:
    for _ in range(5):
        scheduled(make)
    passes = await asyncio.gather(*(publish_ahead(db, days=5) for _ in range(4)))
    assert sum(done.created for done in passes) == count_slots(make) > 5 * 5 * 4 - 1
    assert {(done.providers, done.failed) for done in passes} == {(5, 0)}
