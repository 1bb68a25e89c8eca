"""An import against those who reserve, publish and import at the same time, by real connections."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from holdfast.calendars.busy import follow as following
from holdfast.calendars.busy.follow import follow
from holdfast.kernel.db import Database
from tests.concurrency.support import LOCK_SLOT, eventually
from tests.deliveries.busy.rows import claimed, connect, imported, read, status
from tests.support.api import Api
from tests.support.cluster import TestDatabase
from tests.support.make import Make, Place, soon

HOUR = timedelta(hours=1)
START = soon()


@pytest.fixture
def place(make: Make) -> Place:
    return make.place()


@pytest.fixture
def connection(make: Make, place: Place) -> UUID:
    return connect(make, place)


async def somebody_waits(database: TestDatabase) -> None:
    with psycopg.connect(database.superuser_url, autocommit=True) as superuser:

        async def condition() -> bool:
            row = superuser.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE wait_event_type = 'Lock' AND datname = current_database()"
            ).fetchone()
            return row is not None and row[0] > 0

        await eventually(condition, "somebody waits for a lock")


@pytest.mark.parametrize("at_once", [3, 500])
async def test_fifty_reserve_while_their_time_becomes_busy(
    at_once: int,
    api: Api,
    make: Make,
    db: Database,
    place: Place,
    connection: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "SLOTS_AT_ONCE", at_once)
    slots = make.slots(place, 50, START)
    clients = [make.client() for _ in slots]
    await read(db, make, connection, {"day": [(START, START + 25 * HOUR)]})
    answers, _ = await asyncio.gather(
        asyncio.gather(*(api.reserve(c, place, s) for c, s in zip(clients, slots, strict=True))),
        follow(db, place.provider_id),
    )
    outcomes = dict(zip(slots, answers, strict=True))
    for slot, answer in outcomes.items():
        row = make.one(
            "SELECT s.status::text, r.status::text AS reservation, b.slot_id AS block "
            "FROM slots AS s LEFT JOIN reservations AS r ON r.slot_id = s.id AND r.status = 'live' "
            "LEFT JOIN busy_blocks AS b ON b.slot_id = s.id WHERE s.id = %s",
            slot,
        )
        if answer.status_code == 201:
            assert row == {"status": "held", "reservation": "live", "block": None}
        else:
            assert answer.json()["scenario"] == "slot_blocked", answer.text
            assert row == {"status": "blocked", "reservation": None, "block": slot}
    listed = await api.get(
        f"/providers/{place.provider_id}/calendar-conflicts?limit=100", make.admin()
    )
    held = {str(slot) for slot, answer in outcomes.items() if answer.status_code == 201}
    assert {item["slotId"] for item in listed.json()["items"]} == held


async def test_a_reserve_that_waits_for_the_import_finds_the_slot_blocked(
    api: Api, make: Make, database: TestDatabase, db: Database, place: Place, connection: UUID
) -> None:
    slot, client = make.slot(place, START), make.client()
    await read(db, make, connection, {"one": [(START, START + HOUR)]})
    with psycopg.connect(database.server_url) as importing:
        importing.execute("SELECT apply_busy_times(%s, 500)", [place.provider_id])
        reserving = asyncio.create_task(api.reserve(client, place, slot))
        await somebody_waits(database)
        importing.commit()
    answer = await reserving
    assert answer.json()["scenario"] == "slot_blocked"


async def test_an_import_that_waits_for_a_reserve_leaves_the_slot(
    make: Make, database: TestDatabase, db: Database, place: Place, connection: UUID
) -> None:
    """It had seen the slot available before it waited."""
    slot, client = make.slot(place, START), make.client()
    await read(db, make, connection, {"one": [(START, START + HOUR)]})
    with psycopg.connect(database.server_url) as reserving:
        reserving.execute(
            "SELECT reserve_slot(%s, gen_random_uuid(), %s, %s, %s, %s, 120, 3)",
            [client.actor.as_parameter(), slot, place.provider_id, place.service_id, client.id],
        )
        importing = asyncio.create_task(follow(db, place.provider_id))
        await somebody_waits(database)
        reserving.commit()
    assert await importing == 0
    assert status(make, slot) == "held"


async def test_a_slot_that_is_deleted_while_the_import_waits_is_not_blocked(
    make: Make, database: TestDatabase, db: Database, place: Place, connection: UUID
) -> None:
    slot = make.slot(place, START)
    await read(db, make, connection, {"one": [(START, START + HOUR)]})
    with psycopg.connect(database.owner_url) as deleting:
        deleting.execute(LOCK_SLOT, [slot])
        importing = asyncio.create_task(follow(db, place.provider_id))
        await somebody_waits(database)
        deleting.execute("UPDATE slots SET deleted_at = now() WHERE id = %s", [slot])
        deleting.commit()
    assert await importing == 0
    assert make.all("SELECT FROM busy_blocks") == []


async def test_publishing_that_waits_for_an_import_sees_its_busy_times(
    make: Make, database: TestDatabase, db: Database, place: Place, connection: UUID
) -> None:
    """The calendar is the provider's row: whoever publishes takes it before it looks."""
    with psycopg.connect(database.owner_url) as importing:
        importing.execute("SELECT lock_provider_calendar(%s)", [place.provider_id])
        importing.execute(
            "INSERT INTO busy_times VALUES (%s, gen_random_uuid(), %s, tstzrange(%s, %s))",
            [connection, place.provider_id, START, START + HOUR],
        )
        period = {
            "start": START.isoformat(),
            "end": (START + HOUR).isoformat(),
            "busyStart": START.isoformat(),
            "busyEnd": (START + HOUR).isoformat(),
            "facilityId": str(place.facility_id),
        }

        async def publish() -> dict[str, object]:
            async with db.connection() as open_connection:
                cursor = await open_connection.execute(
                    "SELECT created, skipped FROM publish_slots(%s, %s, %s)",
                    [make.admin().actor.as_parameter(), place.provider_id, Jsonb([period])],
                )
                row = await cursor.fetchone()
                assert row is not None
                return row

        publishing = asyncio.create_task(publish())
        await somebody_waits(database)
        importing.commit()
    row = await publishing
    assert row["created"] == 0
    assert [skip["reason"] for skip in row["skipped"]] == ["calendar"]  # type: ignore[attr-defined]


async def test_a_connection_that_is_removed_while_slots_follow_frees_them_all(
    make: Make, database: TestDatabase, db: Database, place: Place, connection: UUID
) -> None:
    """Its mark waits for the pass, or the pass for its mark; neither loses the other."""
    slots = make.slots(place, 30, START)
    for _ in range(10):
        make.db.execute("UPDATE calendar_connections SET busy = true")
        await read(db, make, connection, {"day": [(START, START + 15 * HOUR)]})

        async def remove() -> None:
            async with db.connection() as open_connection:
                await open_connection.execute("UPDATE calendar_connections SET busy = false")

        await asyncio.gather(follow(db, place.provider_id), remove())
        marked = make.all("SELECT FROM busy_marks")
        blocked = make.all("SELECT FROM slots WHERE status = 'blocked'")
        assert marked or not blocked, "nobody would ever free them"
        await follow(db, place.provider_id)
        assert {status(make, slot) for slot in slots} == {"available"}


async def test_two_imports_of_one_provider_do_everything_once(
    make: Make, db: Database, place: Place, connection: UUID
) -> None:
    slots = make.slots(place, 30, START)
    await read(db, make, connection, {"day": [(START, START + 15 * HOUR)]})
    done = await asyncio.gather(*(follow(db, place.provider_id) for _ in range(8)))
    assert sum(done) == 30
    entries = Counter(row["slot_id"] for row in make.all("SELECT slot_id FROM slot_audit"))
    assert entries == dict.fromkeys(slots, 2)


async def test_imports_of_two_connections_at_once(
    make: Make, db: Database, place: Place, connection: UUID
) -> None:
    slots, other = make.slots(place, 20, START), connect(make, place)
    for number in range(5):
        span = (START + number * HOUR, START + (number + 2) * HOUR)
        make.db.execute("UPDATE calendar_connections SET next_sync_at = now()")
        leases = await claimed(db)
        await asyncio.gather(
            *(imported(db, make, one, span, lease=leases[one]) for one in (connection, other))
        )
        await follow(db, place.provider_id)
        blocked = [slot for slot in slots if status(make, slot) == "blocked"]
        assert blocked == slots[2 * number : 2 * number + 4]


async def test_a_mark_that_comes_after_a_pass_has_looked_stays(
    make: Make, database: TestDatabase, db: Database, place: Place, connection: UUID
) -> None:
    """The pass knows nothing of what it is for."""
    slot = make.slot(place, START)
    await read(db, make, connection, {"one": [(START, START + HOUR)]})
    make.db.execute("DELETE FROM busy_marks")
    with psycopg.connect(database.owner_url) as taking:
        taking.execute(LOCK_SLOT, [slot])
        following_ = asyncio.create_task(follow(db, place.provider_id))
        await somebody_waits(database)
        make.db.execute("UPDATE calendar_connections SET deleted_at = now()")
        taking.commit()
    await following_
    assert len(make.all("SELECT FROM busy_marks")) == 1
    await follow(db, place.provider_id)
    assert status(make, slot) == "available"
    assert make.all("SELECT FROM busy_marks") == []
