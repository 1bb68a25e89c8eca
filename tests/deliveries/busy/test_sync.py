"""Busy times of real calendars, read by a worker (SPEC-deliveries §4)."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from aiohttp import web

from tests.concurrency.support import eventually
from tests.deliveries.busy.objects import component, event, lunch, period, utc
from tests.deliveries.busy.reading import Reader
from tests.deliveries.busy.rows import last_entry, status, written
from tests.deliveries.caldav.servers import CalendarServer
from tests.deliveries.sinks import sink
from tests.support.api import Api
from tests.support.make import Make, Place, soon

HOUR = timedelta(hours=1)
START = soon()


@pytest.fixture
def place(make: Make) -> Place:
    return make.place()


async def test_a_calendar_blocks_moves_and_frees(
    server: CalendarServer, reader: Reader, make: Make, place: Place
) -> None:
    url = server.calendar()
    reader.connect(place, url)
    slots = make.slots(place, 4, START)
    server.put(f"{url}lunch.ics", lunch(START))
    assert await reader.read() == {"changed": 1}
    assert [status(make, slot) for slot in slots] == ["blocked"] * 2 + ["available"] * 2
    assert last_entry(make, slots[0]) == ("blocked", "system", "calendar", "blocked")
    # Moved there.
    server.put(f"{url}lunch.ics", lunch(START + HOUR, "SEQUENCE:1"))
    assert await reader.read() == {"changed": 1}
    assert [status(make, slot) for slot in slots] == ["available"] * 2 + ["blocked"] * 2
    # Nothing of it is kept but its time.
    kept = str(make.all("SELECT b::text FROM busy_times AS b")) + str(
        make.all("TABLE busy_imports")
    )
    assert "Lunch" not in kept
    assert "lunch" not in kept
    server.drop(f"{url}lunch.ics")
    assert await reader.read() == {"changed": 1}
    assert {status(make, slot) for slot in slots} == {"available"}


async def test_a_second_read_writes_nothing_on_either_side(
    server: CalendarServer, reader: Reader, make: Make, place: Place
) -> None:
    url = server.calendar()
    connection = reader.connect(place, url)
    make.slots(place, 4, START)
    hrefs = [f"{url}{number}.ics" for number in range(3)]
    for number, href in enumerate(hrefs):
        server.put(href, lunch(START + number * HOUR / 2, uid=f"{number}@elsewhere"))
    await reader.read()
    known, there = written(make), [(server.etag(href), server.read(href)) for href in hrefs]
    assert await reader.read() == {"unchanged": 1}
    # Nor does one that reads everything once more.
    make.db.execute("UPDATE busy_imports SET read_at = now() - interval '2 days'")
    assert await reader.read() == {"unchanged": 1}
    assert written(make) == known
    assert [(server.etag(href), server.read(href)) for href in hrefs] == there
    row = make.one("SELECT * FROM calendar_connections WHERE id = %s", connection)
    assert row["version"] == 1


async def test_our_own_appointments_block_nothing(
    server: CalendarServer, reader: Reader, make: Make, place: Place
) -> None:
    url, appointment = server.calendar(), uuid4()
    reader.connect(place, url)
    slot = make.slot(place, START)
    server.put(f"{url}{appointment}.ics", lunch(START, uid=f"{appointment}@holdfast"))
    assert await reader.read() == {"unchanged": 1}
    assert status(make, slot) == "available"


async def test_a_series_with_an_exception(
    server: CalendarServer, reader: Reader, make: Make, place: Place
) -> None:
    """Daily; the second day is an hour later, the third one was taken out."""
    url = server.calendar()
    reader.connect(place, url)
    days = [START + number * timedelta(days=1) for number in range(5)]
    slots = [make.slot(place, day) for day in days]
    later = make.slot(place, days[1] + HOUR)
    moved = component(
        "VEVENT",
        "UID:one@elsewhere",
        "DTSTAMP:20260101T000000Z",
        f"RECURRENCE-ID:{utc(days[1])}",
        *period(days[1] + HOUR, days[1] + 2 * HOUR),
    )
    daily = [*period(START, START + HOUR), "RRULE:FREQ=DAILY;COUNT=4", f"EXDATE:{utc(days[2])}"]
    server.put(f"{url}one.ics", event(*daily, more=moved))
    assert await reader.read() == {"changed": 1}
    assert [status(make, slot) for slot in (*slots, later)] == [
        "blocked",
        "available",
        "available",
        "blocked",
        "available",
        "blocked",
    ]
    # The exception goes: the series is as it was.
    server.put(f"{url}one.ics", event(*daily))
    assert await reader.read() == {"changed": 1}
    assert status(make, slots[1]) == "blocked"
    assert status(make, later) == "available"


async def test_what_staff_touched_and_what_is_held_stays(
    server: CalendarServer, reader: Reader, make: Make, place: Place, api: Api
) -> None:
    url, admin, client = server.calendar(), make.admin(), make.client()
    reader.connect(place, url)
    opened, held, booked = make.slots(place, 3, START)
    appointment = make.appointment(client, place, booked)
    assert (await api.reserve(client, place, held)).status_code == 201
    server.put(f"{url}lunch.ics", lunch(START, hours=2))
    await reader.read()
    change = {"status": "available", "version": 2}
    path = f"/appointments/availability/slots/{opened}"
    assert (await api.patch(path, admin, json=change)).status_code == 200
    server.put(f"{url}lunch.ics", lunch(START, "SEQUENCE:1", hours=3))
    await reader.read()
    assert [status(make, slot) for slot in (opened, held, booked)] == [
        "available",
        "held",
        "booked",
    ]
    row = make.one("SELECT status::text, version FROM appointments WHERE id = %s", appointment)
    assert row == {"status": "confirmed", "version": 1}
    listed = await api.get(f"/providers/{place.provider_id}/calendar-conflicts", admin)
    assert [item["slotId"] for item in listed.json()["items"]] == [str(held), str(booked)]


async def test_a_provider_who_moves_has_other_days(
    server: CalendarServer, reader: Reader, make: Make, place: Place
) -> None:
    url = server.calendar()
    reader.connect(place, url)
    floating = START.strftime("DTSTART:%Y%m%dT%H%M%S")
    server.put(f"{url}lunch.ics", event(floating, "DURATION:PT1H"))
    await reader.read()
    before = make.one("SELECT lower(during) AS start FROM busy_times")["start"]
    make.db.execute("UPDATE providers SET timezone = 'Asia/Kathmandu'")
    assert await reader.read() == {"changed": 1}
    after = make.one("SELECT lower(during) AS start FROM busy_times")["start"]
    assert after != before
    assert after == START - timedelta(hours=5, minutes=45)


async def test_a_wrong_password_stops_the_connection_and_nothing_else(
    server: CalendarServer, reader: Reader, make: Make, place: Place
) -> None:
    url, other = server.calendar(), make.place()
    slot = make.slot(place, START)
    connection = reader.connect(place, url)
    reader.connect(other, url)
    server.put(f"{url}lunch.ics", lunch(START))
    await reader.read()
    wrong = reader.connect(place, url, password="wrong")
    assert await reader.read() == {"unauthorized": 1, "unchanged": 2}
    states = {row["id"]: row["state"] for row in make.all("SELECT * FROM calendar_connections")}
    assert (states[wrong], states[connection]) == ("needs_attention", "ok")
    assert await reader.read() == {"unchanged": 2}
    # What was known of a calendar stays when its password counts no more.
    make.db.execute(
        "UPDATE calendar_connections SET password_sealed = (SELECT password_sealed "
        "FROM calendar_connections WHERE id = %s) WHERE id = %s",
        [wrong, connection],
    )
    await reader.read()
    assert status(make, slot) == "blocked"


async def test_a_calendar_that_is_away_changes_nothing(
    reader: Reader, make: Make, place: Place, radicale: CalendarServer
) -> None:
    url = radicale.calendar()
    connection = reader.connect(place, url)
    slot = make.slot(place, START)
    radicale.put(f"{url}lunch.ics", lunch(START))
    await reader.read()
    make.db.execute("UPDATE calendar_connections SET url = 'http://127.0.0.1:9/gone/'")
    for _ in range(2):
        assert await reader.read() == {"failed": 1}
    assert status(make, slot) == "blocked"
    make.db.execute("UPDATE calendar_connections SET url = %s", [radicale.root + "/ada/none/"])
    assert await reader.read() == {"not_found": 1}
    assert status(make, slot) == "blocked"
    row = make.one("SELECT state, reason FROM calendar_connections WHERE id = %s", connection)
    assert row == {"state": "needs_attention", "reason": "not_found"}


async def test_a_worker_that_stops_leaves_its_calendars_to_others(
    reader: Reader, make: Make, place: Place
) -> None:
    asked = asyncio.Event()

    async def silent(_: web.BaseRequest) -> web.StreamResponse:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with sink(silent) as port:
        reader.connect(place, f"http://127.0.0.1:{port}/cal/")
        reading = asyncio.create_task(reader.read())
        await asked.wait()
        assert make.one("SELECT lease FROM busy_imports")["lease"] is not None
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    assert make.one("SELECT lease FROM busy_imports")["lease"] is None


async def test_a_calendar_that_does_not_answer_holds_up_no_other(
    reader: Reader, make: Make, radicale: CalendarServer
) -> None:
    """More others than are read at once."""
    url, others = radicale.calendar(), [make.place() for _ in range(20)]
    radicale.put(f"{url}lunch.ics", lunch(START))

    async def silent(_: web.BaseRequest) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async def are_read() -> bool:
        return len(make.all("SELECT FROM busy_times")) == len(others)

    async with sink(silent) as port:
        reader.connect(make.place(), f"http://127.0.0.1:{port}/cal/")
        for place in others:
            reader.connect(place, url)
        reading = asyncio.create_task(reader.read())
        await eventually(are_read, "all others are read")
        assert not reading.done()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    assert make.all("SELECT FROM busy_imports WHERE lease IS NOT NULL") == []
