"""A schedule is put while clients reserve, book and cancel what it takes away (SPEC 4.2)."""

import asyncio
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from holdfast.catalogue.publishing import lay_out_due
from holdfast.config import Settings
from holdfast.kernel.db import Database
from holdfast.verify import assert_clean
from tests.api.test_generate import at, coming
from tests.concurrency.support import Crowd, all_of, crowd_of, deadlocks, eventually, gate
from tests.support.cluster import TestDatabase
from tests.support.make import Make, Place, User

DAY = coming(1)
CLIENTS = 50
LOCK_SLOT = "SELECT FROM slots WHERE id = %s FOR UPDATE"


def hours(place: Place, **more: Any) -> dict[str, Any]:
    """Mondays from eight, in 52 slots of a quarter of an hour."""
    entry = {
        "weekday": 1,
        "start": "08:00",
        "end": "21:00",
        "facilityId": str(place.facility_id),
    }
    return {"weekly": [entry], "slotMinutes": 15, **more}


def closed(place: Place, **more: Any) -> dict[str, Any]:
    return hours(place, exceptions=[{"date": DAY.isoformat(), "closed": True}], **more)


async def scheduled(crowd: Crowd, make: Make, admin: User) -> tuple[Place, list[Any]]:
    place = make.place(service_id=make.service(duration_minutes=15))
    path = f"/providers/{place.provider_id}/schedule"
    assert (await crowd.send(admin, "PUT", path, hours(place))).status == 201
    rows = make.all(
        "SELECT id FROM slots WHERE provider_id = %s AND start_at BETWEEN %s AND %s "
        "ORDER BY start_at",
        place.provider_id,
        at(DAY, "00:00"),
        at(DAY, "23:59"),
    )
    assert len(rows) == 52
    return place, [row["id"] for row in rows]


def taken(make: Make, place: Place) -> list[Any]:
    """Slots that somebody has although they are out of sight: there must be none."""
    return make.all(
        "SELECT s.id FROM slots AS s WHERE s.provider_id = %s AND s.deleted_at IS NOT NULL AND ("
        "s.status IN ('held', 'booked') "
        "OR EXISTS (SELECT FROM reservations AS r WHERE r.slot_id = s.id AND r.status = 'live') "
        "OR EXISTS (SELECT FROM appointments AS a WHERE a.slot_id = s.id AND a.is_live))",
        place.provider_id,
    )


@pytest.mark.parametrize("first", ["schedule", "reserves", "both"])
async def test_a_schedule_against_fifty_reserves(
    database: TestDatabase, settings: Settings, make: Make, first: str
) -> None:
    """No slot is both withdrawn and held, each holder is told as a conflict and can book."""
    admin, clients = make.admin(), [make.client() for _ in range(CLIENTS)]
    async with crowd_of(database, settings, connections=12) as crowd:
        place, slots = await scheduled(crowd, make, admin)
        path = f"/providers/{place.provider_id}/schedule"
        async with gate(database, LOCK_SLOT, slots[25]) as door:

            def put() -> "asyncio.Task[Any]":
                return asyncio.create_task(crowd.send(admin, "PUT", path, closed(place, version=1)))

            def reserve() -> "list[asyncio.Task[Any]]":
                return [
                    asyncio.create_task(crowd.reserve(client, place, slot))
                    for client, slot in zip(clients, slots, strict=False)
                ]

            async def waits() -> bool:
                return await door.waiting() >= 1

            if first == "schedule":
                change = put()
                await eventually(waits, "the schedule waits")
                tries = reserve()
            else:
                tries = reserve()
                if first == "reserves":
                    await eventually(waits, "a reserve waits")
                change = put()

            async def all_wait() -> bool:
                return await door.waiting() >= 2

            await eventually(all_wait, "the schedule and a reserve wait")
            await door.open()
            answer = await change
            reserves = await all_of(tries)
        assert answer.status == 200
        assert {one.status for one in reserves} <= {201, 404, 409}
        held = [one for one in reserves if one.status == 201]
        conflicts = {one["slotId"] for one in answer.json()["conflicts"]}
        assert {one.json()["timeslotId"] for one in held} == conflicts
        assert taken(make, place) == []
        # Nobody who holds one has lost it.
        by_slot = {str(slot): client for slot, client in zip(slots, clients, strict=False)}
        booked = await all_of(
            crowd.book(by_slot[one.json()["timeslotId"]], one.json()["reservationToken"])
            for one in held
        )
        assert {one.status for one in booked} <= {201}
        # What is given back is gone, and the rest of the day is not offered.
        await all_of(
            crowd.send(
                by_slot[one.json()["slotId"]],
                "POST",
                f"/appointments/{one.json()['id']}/cancel",
                {},
                key="new",
            )
            for one in booked
        )
    free = make.all("SELECT FROM slots WHERE is_open AND id = ANY(%s)", slots)
    assert free == []
    assert deadlocks(database) == 0
    assert_clean(database.owner_url)


async def test_closing_and_opening_while_clients_book_and_cancel(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    """Schedules, a worker, reserves, bookings and cancels at once: no booking is lost."""
    admin, clients = make.admin(), [make.client() for _ in range(8)]
    async with crowd_of(database, settings, connections=12) as crowd:
        place, slots = await scheduled(crowd, make, admin)
        path = f"/providers/{place.provider_id}/schedule"
        done = asyncio.Event()

        async def alternate() -> None:
            for number in range(12):
                schedule = (closed, hours)[number % 2](place)
                answer = await crowd.send(admin, "PUT", path, schedule, headers={"If-Match": "*"})
                assert answer.status == 200, answer.body
            done.set()

        async def mark_and_lay_out() -> None:
            while not done.is_set():
                make.db.execute("SELECT mark_calendars(ARRAY[%s::uuid])", [place.provider_id])
                await lay_out_due(db)

        async def book(number: int) -> list[str]:
            kept: list[str] = []
            turn = number
            while not done.is_set() and len(kept) < 5:
                turn += 8
                client, slot = clients[number], slots[turn % len(slots)]
                answer = await crowd.reserve(client, place, slot)
                assert answer.status in {200, 201, 404, 409}, answer.body
                if answer.status == 201:
                    booked = await crowd.book(client, answer.json()["reservationToken"])
                    assert booked.status == 201, booked.body
                    if turn % 3:
                        cancel = f"/appointments/{booked.json()['id']}/cancel"
                        await crowd.send(client, "POST", cancel, {}, key="new")
                    else:
                        kept.append(booked.json()["id"])
            return kept

        db = Database(database.server_url, max_size=2)
        await db.open()
        results = await asyncio.gather(
            alternate(), mark_and_lay_out(), *(book(number) for number in range(8))
        )
        await db.close()
    kept = [row_id for result in results[2:] for row_id in result or []]
    assert kept
    rows = make.all(
        "SELECT a.status::text, s.status::text AS slot FROM appointments AS a "
        "JOIN slots AS s ON s.id = a.slot_id AND s.deleted_at IS NULL WHERE a.id = ANY(%s::uuid[])",
        kept,
    )
    assert [tuple(row.values()) for row in rows] == [("confirmed", "booked")] * len(kept)
    assert taken(make, place) == []
    # It ended open: every slot of the day is there once.
    assert len(make.all("SELECT FROM slots WHERE is_open AND id = ANY(%s)", slots)) == 52
    assert deadlocks(database) == 0
    assert_clean(database.owner_url)


async def test_a_change_while_the_calendar_is_laid_out_is_not_forgotten(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    """A worker lays out for one time zone, and waits; meanwhile the provider moves to another."""
    admin = make.admin()
    move = "UPDATE providers SET timezone = %s WHERE id = %s"
    mark = "SELECT mark_calendars(ARRAY[%s::uuid])"
    db = Database(database.server_url, max_size=2)
    await db.open()
    async with crowd_of(database, settings, connections=4) as crowd:
        place, slots = await scheduled(crowd, make, admin)
        with make.db.transaction():
            make.db.execute(move, ["Europe/London", place.provider_id])
            make.db.execute(mark, [place.provider_id])
        # The first of the day goes: eight in Berlin is seven in London.
        async with gate(database, LOCK_SLOT, slots[0]) as door:
            worker = asyncio.create_task(lay_out_due(db))
            await door.until_waiting(1)

            def move_again() -> None:
                with psycopg.connect(database.owner_url) as connection:
                    connection.execute(move, ["Europe/Athens", place.provider_id])
                    connection.execute(mark, [place.provider_id])

            change = asyncio.create_task(asyncio.to_thread(move_again))
            # It is done at once, or waits for the worker: both must come to the same.

            async def has_come_so_far() -> bool:
                return change.done() or await door.waiting() >= 2

            await eventually(has_come_so_far, "the change is done or waits")
            await door.open()
            await asyncio.gather(worker, change)
        await lay_out_due(db)
    await db.close()
    assert make.all("SELECT FROM stale_calendars") == []
    first = make.one(
        "SELECT min(start_at) AS at FROM slots "
        "WHERE provider_id = %s AND is_open AND start_at >= %s",
        place.provider_id,
        at(DAY, "00:00"),
    )
    assert first["at"].astimezone(ZoneInfo("Europe/Athens")).hour == 8
    assert_clean(database.owner_url)


async def test_of_two_schedules_the_second_is_told(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    admin = make.admin()
    async with crowd_of(database, settings, connections=12) as crowd:
        place, slots = await scheduled(crowd, make, admin)
        path = f"/providers/{place.provider_id}/schedule"
        async with gate(database, LOCK_SLOT, slots[0]) as door:
            puts = [
                asyncio.create_task(crowd.send(admin, "PUT", path, closed(place, version=1)))
                for _ in range(4)
            ]
            await door.until_waiting(4)
            await door.open()
            answers = await all_of(puts)
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    withdrawn = make.one(
        "SELECT count(*) FROM slot_audit WHERE action = 'withdrawn' AND slot_id = ANY(%s)", slots
    )
    assert withdrawn["count"] == 52
