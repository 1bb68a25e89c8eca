"""Calendars with very many entries, and with very bad ones."""

import asyncio
import re
import time
from datetime import timedelta
from xml.sax.saxutils import escape

import pytest
from aiohttp import web

from holdfast.channels.caldav import http as dav_http
from tests.deliveries.busy.objects import lunch
from tests.deliveries.busy.reading import Reader
from tests.deliveries.busy.rows import status, written
from tests.deliveries.busy.test_intervals import UNREADABLE
from tests.deliveries.sinks import sink
from tests.support.make import Make, Place, soon

HOUR = timedelta(hours=1)
START = soon()


@pytest.fixture
def place(make: Make) -> Place:
    return make.place()


class Large:
    """A calendar with very many entries, on a server that is quick: what is slow is we."""

    def __init__(self, objects: dict[str, str]) -> None:
        self.objects = objects

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = (await request.read()).decode()
        named = re.findall(r"<[^>]*href>([^<]*)</", asked)
        parts = [
            f"<d:response><d:href>{href}</d:href><d:propstat><d:prop><d:getetag>&quot;1&quot;"
            f"</d:getetag>{self._data(href) if named else ''}</d:prop>"
            "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
            for href in named or self.objects
        ]
        if "1" in asked.partition("sync-token>")[2][:1]:
            parts = []
        body = (
            '<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
            f"{''.join(parts)}<d:sync-token>1</d:sync-token></d:multistatus>"
        )
        return web.Response(status=207, text=body, content_type="application/xml")

    def _data(self, href: str) -> str:
        plain = escape(self.objects[href].replace("\x00", "").replace("\x01", ""))
        return f"<c:calendar-data>{plain}</c:calendar-data>"


async def test_bad_objects_stop_no_good_one(reader: Reader, make: Make, place: Place) -> None:
    """Of a megabyte, without an end, or coming every second."""
    slot = make.slot(place, START)
    bad = {f"/cal/bad{number}.ics": data for number, data in enumerate(UNREADABLE.values())}
    never = lunch(START, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", uid="never@elsewhere")
    good = lunch(START, "DESCRIPTION:" + "word " * 200_000)
    objects = {**bad, "/cal/good.ics": good, "/cal/never.ics": never}
    async with sink(Large(objects)) as port:
        reader.connect(place, f"http://127.0.0.1:{port}/cal/")
        assert await reader.read() == {"changed": 1}
    assert status(make, slot) == "blocked"
    unreadable = make.one("SELECT unreadable FROM busy_imports")["unreadable"]
    assert unreadable == len(bad) + 1


async def test_a_server_that_takes_long_to_list_is_waited_for(
    reader: Reader, make: Make, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the listing longer than for other requests; not for ever."""
    monkeypatch.setattr(dav_http, "TOTAL_SECONDS", 0.5)
    slot = make.slot(place, START)

    class Slow(Large):
        async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
            if b"sync-collection" in await request.read():
                await asyncio.sleep(1)
            return await super().__call__(request)

    async with sink(Slow({"/cal/lunch.ics": lunch(START)})) as port:
        reader.connect(place, f"http://127.0.0.1:{port}/cal/")
        monkeypatch.setattr(dav_http, "LISTING_SECONDS", 0.5)
        assert await reader.read() == {"failed": 1}
        monkeypatch.setattr(dav_http, "LISTING_SECONDS", 30.0)
        assert await reader.read() == {"changed": 1}
    assert status(make, slot) == "blocked"


async def test_five_thousand_busy_times_in_one_pass(
    reader: Reader, make: Make, place: Place
) -> None:
    quarter = timedelta(minutes=15)
    slots = [make.slot(place, START + number * HOUR / 4) for number in range(0, 5000, 2)]
    objects = {
        f"/cal/{number}.ics": lunch(
            START + number * quarter, hours=1 / 12, uid=f"{number}@elsewhere"
        )
        for number in range(5000)
    }
    async with sink(Large(objects)) as port:
        reader.connect(place, f"http://127.0.0.1:{port}/cal/")
        begin = time.monotonic()
        assert await reader.read() == {"changed": 1}
        print(f"5,000 busy times, 2,500 slots: {time.monotonic() - begin:.1f} s")
        assert make.one("SELECT count(*) FROM busy_times")["count"] == 5000
        blocked = make.all("SELECT id FROM slots WHERE status = 'blocked'")
        assert {row["id"] for row in blocked} == set(slots)
        known = written(make)
        assert await reader.read() == {"unchanged": 1}
        assert written(make) == known
