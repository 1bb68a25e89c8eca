"""`holdfast verify`: clean where all is well, also while the server works; its report and codes."""

import asyncio
import io
from datetime import time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo
from rich.console import Console

from holdfast.deliveries.engine import Plan
from holdfast.kernel.embedded import EmbeddedPostgres
from holdfast.verify import Progress, assert_clean, check_database, report
from holdfast.verify.checks import Walk
from holdfast.verify.console import run
from holdfast.verify.store import LAST_KEY, snapshot
from tests.deliveries.drive import Drive
from tests.sql.verify_world import World
from tests.support.api import Api
from tests.support.cluster import Cluster, TestDatabase
from tests.support.make import Make, Place, User, soon


def console() -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, width=200), text


async def done(answer: Any) -> Any:
    response = await answer
    assert response.status_code < 300, response.text
    return response.json() if response.content else None


async def live(api: Api, make: Make, place: Place, client: User, staff: User) -> None:
    """Everything that can become of slots, reservations and appointments."""
    slots = make.slots(place, 12, soon(days=3))
    admin = make.admin()
    await done(api.reserve(client, place, slots[0]))
    reserved = await done(api.reserve(client, place, slots[1]))
    await done(api.post(f"/reservations/{reserved['reservationToken']}/extend", client))
    await done(api.delete(f"/reservations/{reserved['reservationToken']}", client))
    base = "/appointments/availability/slots"
    await done(api.patch(f"{base}/{slots[2]}", staff, json={"status": "blocked", "version": 1}))
    await done(api.delete(f"{base}/{slots[3]}", staff, headers={"If-Match": '"1"'}))

    moved = await api.booked(client, place, slots[4])
    token = (await done(api.reserve(client, place, slots[5])))["reservationToken"]
    path = f"/appointments/{moved['id']}"
    await done(api.post(f"{path}/reschedule", client, key="new", json={"reservationToken": token}))
    await done(api.post(f"{path}/acquire-lock", staff, json={}))
    await done(api.post(f"{path}/acquire-lock", staff, json={}))
    await done(api.post(f"{path}/cancel", client, key="new", json={"reason": 'Größe "Ω" \u2028'}))

    for ending in ("complete", "no-show"):
        ended = await api.booked(client, place, slots[6 if ending == "complete" else 7])
        make.begin(ended["id"], minutes_ago=100 if ending == "complete" else 50)
        await done(api.post(f"/appointments/{ended['id']}/{ending}", staff, json={}))
        why = {"reason": "Another row"}
        await done(api.post(f"/appointments/{ended['id']}/reopen", staff, json=why))
        await done(api.post(f"/appointments/{ended['id']}/{ending}", staff, json={}))
    restored = await api.booked(client, place, slots[8])
    path = f"/appointments/{restored['id']}"
    await done(api.delete(path, staff, headers={"If-Match": '"1"'}))
    await done(api.post(f"{path}/restore", admin, json={}))
    await done(
        api.patch(path, staff, json={"notes": 'tab\tline\n "\\" \U0001f600 é', "version": 3})
    )

    start = soon(days=2)
    request = await done(api.book_at(client, place, start))
    fitting = make.slot(place, start)
    body = {"appointmentId": request["id"]}
    await done(api.post(f"{base}/{fitting}/accept-appointment", staff, json=body))
    late = await done(api.book_at(client, place, start + timedelta(hours=2)))
    await done(api.post(f"/appointments/{late['id']}/cancel", client, key="new", json={}))


async def test_real_use_leaves_a_clean_database(
    api: Api, make: Make, database: TestDatabase
) -> None:
    drive = Drive(make, Plan(("email",), 0.0, time(21), time(8)))
    drive.endpoint("booking.*", "timeslot.updated", "lock.*")
    drive.start()
    await live(api, make, make.place(), make.client(), make.operator())
    drive.plan_all()
    while drive.send("webhook") + drive.send("email"):
        pass
    report = await asyncio.to_thread(check_database, database.server_url)
    assert report.violations == []
    nothing_to_see = {result.check for result in report.results if result.rows == 0}
    assert nothing_to_see == set()


async def test_it_is_right_while_the_server_works(
    api: Api, make: Make, database: TestDatabase
) -> None:
    staff = make.operator()
    working = asyncio.gather(
        *(live(api, make, make.place(), make.client(), staff) for _ in range(4))
    )
    reports = []
    while not working.done() or len(reports) < 3:
        reports.append(await asyncio.to_thread(check_database, database.server_url))
    await working
    assert [violation for report in reports for violation in report.violations] == []


def test_a_world_without_plants_is_clean(database: TestDatabase, make: Make) -> None:
    World(make)
    assert_clean(database.server_url)


def test_ranges_cover_every_key_once(database: TestDatabase, make: Make) -> None:
    places = [make.place(), make.place()]
    for place in places:
        make.slots(place, 5)
    for walk in (Walk("slots", "id", 3), Walk("slots", "provider_id", 2), Walk("slots", "id", 99)):
        with snapshot(database.server_url) as seen:
            ranges = seen.ranges(walk)
        assert ranges[0].first.int == 0
        assert ranges[-1].last.int == LAST_KEY
        for earlier, later in pairwise(ranges):
            assert later.first.int == earlier.last.int + 1
        assert sum(keys.rows for keys in ranges) == 10
        assert len(ranges) == {3: 4, 2: 3, 99: 1}[walk.range_rows]


def test_ranges_of_an_empty_table(database: TestDatabase) -> None:
    with snapshot(database.server_url) as seen:
        (keys,) = seen.ranges(Walk("slots"))
    assert (keys.first.int, keys.last.int, keys.rows) == (0, LAST_KEY, 0)


def test_progress_reaches_its_total(database: TestDatabase, make: Make) -> None:
    World(make)
    steps: list[Progress] = []
    check_database(database.server_url, steps.append)
    assert steps[0].rows_done == 0
    assert steps[-1].rows_done == steps[-1].rows_total > 0
    assert [step.rows_done for step in steps] == sorted(step.rows_done for step in steps)


def test_all_violations_are_counted_and_some_shown(
    database: TestDatabase, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "KEPT_VIOLATIONS", 2)
    World(make)
    make.db.execute("ALTER TABLE slots DISABLE TRIGGER slots_record")
    make.db.execute("UPDATE slots SET updated_at = now() + interval '1 s'")
    make.db.execute("ALTER TABLE slots ENABLE ALWAYS TRIGGER slots_record")
    found = check_database(database.server_url)
    assert (found.violation_count, len(found.violations)) == (6, 2)
    terminal, text = console()
    assert run(database.server_url, terminal) == 1
    assert "and 4 more" in text.getvalue()
    assert "6 violations." in text.getvalue()


def test_a_clean_database_exits_with_0(database: TestDatabase) -> None:
    terminal, text = console()
    assert run(database.server_url, terminal) == 0
    assert "No violations." in text.getvalue()


def test_a_violation_is_named_and_exits_with_1(database: TestDatabase, make: Make) -> None:
    world = World(make)
    with world.unguarded(past_history=False, without=()):
        world.run("UPDATE slots SET held_until = now() + interval '1 day' WHERE id = %(held)s")
    terminal, text = console()
    assert run(database.server_url, terminal) == 1
    assert f"I5 slots {world.ids['held']}: is held until another time" in text.getvalue()
    with pytest.raises(AssertionError, match="is held until another time"):
        assert_clean(database.server_url)


@pytest.mark.parametrize("what", ["no server", "no schema"])
def test_what_cannot_be_checked_exits_with_2(cluster: Cluster, what: str) -> None:
    postgres: EmbeddedPostgres = cluster.postgres
    url = make_conninfo(
        postgres.superuser_url,
        **({"port": 1} if what == "no server" else {"dbname": "template1"}),
    )
    terminal, text = console()
    assert run(url, terminal) == 2
    expected = "could not be checked" if what == "no server" else "holdfast migrate"
    assert expected in text.getvalue()
