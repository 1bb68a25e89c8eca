"""A server that does not take an object (docs/calendars.md, "Push": the last rows of the table).

In front of a real server, which answers everything else.
"""

from collections.abc import AsyncIterator, Mapping

import pytest
from aiohttp import web

from holdfast.config import Settings
from tests.deliveries.caldav.between import Between, standing_before
from tests.deliveries.caldav.pushing import Calendar, Pusher, connected
from tests.deliveries.caldav.servers import CalendarServer
from tests.support.api import Api
from tests.support.make import Make

RULE = (
    b'<?xml version="1.0"?><d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    b"<c:%s/></d:error>"
)


@pytest.fixture
async def between(server: CalendarServer) -> AsyncIterator[Between]:
    async with standing_before(server) as door:
        yield door


@pytest.fixture
async def refused(
    api: Api, make: Make, between: Between, pusher: Pusher, settings: Settings
) -> Calendar:
    """A calendar behind `between`."""
    return await connected(api, make, between.server, pusher, settings, between.url)


def puts_get(
    between: Between, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> None:
    def refuse(request: web.BaseRequest) -> web.Response | None:
        if request.method != "PUT":
            return None
        return web.Response(
            status=status, body=body, headers=headers, content_type="application/xml"
        )

    between.refuse = refuse


def states(calendar: Calendar) -> list[str]:
    return [row["state"] for row in calendar.pusher.drive.deliveries(channel="caldav")]


@pytest.mark.parametrize(
    ("status", "rule"),
    [(403, "valid-calendar-object-resource"), (415, "supported-calendar-data"), (413, None)],
)
async def test_what_is_refused_for_good_is_given_up_alone(
    refused: Calendar, between: Between, status: int, rule: str | None
) -> None:
    puts_get(between, status, RULE % rule.encode() if rule else b"")
    booked = await refused.book_only()
    assert await refused.pusher.run() == [rule or str(status)]
    assert states(refused) == ["dead"]
    assert refused.text(booked) is None
    between.refuse = None
    other = await refused.book()  # the calendar goes on
    assert refused.text(other) is not None
    lane = refused.make.one(
        "SELECT state, failures, paused_until FROM lanes WHERE channel = 'caldav'"
    )
    assert lane == {"state": "open", "failures": 0, "paused_until": None}
    # And so does the appointment, with its next change.
    await refused.move(booked)
    assert await refused.pusher.run() == ["201"]
    assert refused.text(booked) is not None


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_what_is_refused_for_now_is_tried_again(
    refused: Calendar, between: Between, status: int
) -> None:
    puts_get(between, status, headers={"Retry-After": "45"})
    booked = await refused.book_only()
    assert await refused.pusher.run() == [str(status)]
    [waiting] = refused.pusher.drive.deliveries(channel="caldav")
    assert (waiting["state"], waiting["tries"]) == ("pending", 1)
    due = refused.make.one(
        "SELECT extract(epoch FROM due_at - clock_timestamp())::float AS in_seconds "
        "FROM deliveries WHERE channel = 'caldav'"
    )
    assert 25 < due["in_seconds"] < 60
    between.refuse = None
    refused.make.db.execute("UPDATE deliveries SET due_at = now() WHERE channel = 'caldav'")
    refused.make.db.execute("UPDATE lanes SET paused_until = NULL WHERE channel = 'caldav'")
    assert await refused.pusher.run() == ["201"]
    assert refused.text(booked) is not None
    assert states(refused) == ["sent"]
