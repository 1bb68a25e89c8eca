"""Answers of calendar servers that are empty, out of date or none delete nothing by mistake."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from aiohttp import web

from holdfast.calendars.busy import sync
from tests.deliveries.busy.objects import lunch
from tests.deliveries.busy.reading import Reader
from tests.deliveries.busy.rows import status, written
from tests.deliveries.caldav.between import Between, standing_before
from tests.deliveries.caldav.servers import CalendarServer
from tests.support.make import Make, Place, soon

HOUR = timedelta(hours=1)
START = soon()


@pytest.fixture
def place(make: Make) -> Place:
    return make.place()


Change = Callable[[web.BaseRequest, httpx.Response], tuple[int, bytes]]
EMPTY = b'<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"/>'


@pytest.fixture
async def between(server: CalendarServer) -> AsyncIterator[Between]:
    async with standing_before(server) as door:
        yield door


async def connected(between: Between, reader: Reader, make: Make, place: Place) -> tuple[str, UUID]:
    """A calendar with an entry that blocks a slot: its URL on the server itself, and the slot."""
    url = between.server.calendar()
    reader.connect(place, between.url + url.removeprefix(between.server.root))
    slot = make.slot(place, START)
    between.server.put(f"{url}lunch.ics", lunch(START))
    assert await reader.read() == {"changed": 1}
    return url, slot


def empty(_: web.BaseRequest, answer: httpx.Response) -> tuple[int, bytes]:
    """Of all that is said only the token and that it went well."""
    token = b""
    if b"sync-token>" in answer.content:
        inner = answer.content.split(b"sync-token>")[1].rsplit(b"<", 1)[0]
        token = b"<d:sync-token>" + inner + b"</d:sync-token>"
    return 207, EMPTY.replace(b"/>", b">" + token + b"</d:multistatus>")


async def test_a_server_that_answers_an_empty_collection_once_deletes_nothing(
    between: Between, reader: Reader, make: Make, place: Place
) -> None:
    _, slot = await connected(between, reader, make, place)
    for _ in range(2):
        make.db.execute("UPDATE busy_imports SET read_at = now() - interval '2 days'")
        between.change = empty
        assert await reader.read() == {"doubted": 1}
        assert status(make, slot) == "blocked"
        between.change = None
        assert await reader.read() == {"unchanged": 1}
        assert status(make, slot) == "blocked"


async def test_a_calendar_that_is_empty_twice_is_empty(
    between: Between, reader: Reader, make: Make, place: Place
) -> None:
    _, slot = await connected(between, reader, make, place)
    make.db.execute("UPDATE busy_imports SET read_at = now() - interval '2 days'")
    between.change = empty
    assert await reader.read() == {"doubted": 1}
    due = make.one("SELECT next_sync_at - now() AS due_in FROM calendar_connections")["due_in"]
    assert due < timedelta(seconds=16)
    assert await reader.read() == {"changed": 1}
    assert status(make, slot) == "available"


async def test_an_object_that_is_only_missing_from_an_answer_is_not_gone(
    between: Between, reader: Reader, make: Make, place: Place
) -> None:
    """It has changed, and is not among what was asked for."""
    url, slot = await connected(between, reader, make, place)
    between.server.put(f"{url}lunch.ics", lunch(START, "SEQUENCE:1", "PRIORITY:1"))

    def no_objects(_: web.BaseRequest, answer: httpx.Response) -> tuple[int, bytes]:
        return (207, EMPTY) if b"BEGIN:VCALENDAR" in answer.content else (207, answer.content)

    def only_reports(request: web.BaseRequest, answer: httpx.Response) -> tuple[int, bytes]:
        if request.method == "REPORT":
            return no_objects(request, answer)
        return answer.status_code, answer.content

    between.change = only_reports
    assert await reader.read() == {"unchanged": 1}
    assert status(make, slot) == "blocked"
    between.change = None
    between.server.drop(f"{url}lunch.ics")
    assert await reader.read() == {"changed": 1}
    assert status(make, slot) == "available"


@pytest.mark.parametrize(("asked_for", "outcome"), [(50, "unchanged"), (0, "failed")])
async def test_a_full_read_that_lacks_objects_frees_nothing(
    between: Between,
    reader: Reader,
    make: Make,
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    asked_for: int,
    outcome: str,
) -> None:
    """They are listed, and the answer to the request for them is empty: each is asked for by
    itself, and where there are too many for that, nothing of it is believed."""
    _, slot = await connected(between, reader, make, place)
    monkeypatch.setattr(sync, "CONFIRMED_OBJECTS", asked_for)
    make.db.execute("UPDATE busy_imports SET read_at = now() - interval '2 days'")

    def without_objects(request: web.BaseRequest, answer: httpx.Response) -> tuple[int, bytes]:
        if request.method == "REPORT" and b"BEGIN:VCALENDAR" in answer.content:
            return 207, EMPTY
        return answer.status_code, answer.content

    between.change = without_objects
    assert await reader.read() == {outcome: 1}
    assert status(make, slot) == "blocked"


async def test_very_many_that_are_gone_are_looked_for_at_once(
    between: Between, reader: Reader, make: Make, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, slot = await connected(between, reader, make, place)
    between.server.put(f"{url}other.ics", lunch(START + HOUR, uid="other@elsewhere"))
    await reader.read()
    monkeypatch.setattr(sync, "CONFIRMED_OBJECTS", 0)
    between.server.drop(f"{url}lunch.ics")
    assert await reader.read() == {"changed": 1}
    assert status(make, slot) == "available"
    assert len(make.all("SELECT FROM busy_times")) == 1


async def test_a_token_that_counts_no_more_leads_to_a_full_read(
    between: Between, reader: Reader, make: Make, place: Place
) -> None:
    """And what was deleted in between is seen."""
    url, slot = await connected(between, reader, make, place)
    between.server.put(f"{url}other.ics", lunch(START + HOUR, uid="other@elsewhere"))
    between.server.drop(f"{url}lunch.ics")
    make.db.execute("UPDATE calendar_connections SET sync_token = 'http://x.test/forgotten'")
    assert await reader.read() == {"changed": 1}
    assert status(make, slot) == "available"
    assert len(make.all("SELECT FROM busy_times")) == 1


@pytest.mark.parametrize("answer", [(500, b""), (207, b"<nonsense"), (207, b""), (302, b"")])
async def test_a_failed_answer_deletes_nothing(
    answer: tuple[int, bytes], between: Between, reader: Reader, make: Make, place: Place
) -> None:
    _, slot = await connected(between, reader, make, place)
    known = written(make)
    between.change = lambda *_: answer
    for read_at in ("now()", "now() - interval '2 days'"):
        make.db.execute(f"UPDATE busy_imports SET read_at = {read_at}")
        assert await reader.read() == {"failed": 1}
    assert status(make, slot) == "blocked"
    assert written(make) == known
