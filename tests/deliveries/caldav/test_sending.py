"""From a booking to the calendar through the whole application, and where nobody may go."""

from collections.abc import AsyncIterator

import httpx
import pytest

from holdfast.app import create_app
from holdfast.channels.caldav.sender import CalendarSender
from holdfast.config import Settings
from holdfast.deliveries.addresses import Guard
from holdfast.deliveries.outbound import Outbound
from holdfast.kernel.db import Database
from holdfast.workers.duties import duties
from tests.deliveries.caldav.pushing import Calendar
from tests.deliveries.caldav.servers import PASSWORD, USER, CalendarServer
from tests.deliveries.email.mail_server import until
from tests.support.api import Api
from tests.support.cluster import TestDatabase
from tests.support.make import Make


@pytest.fixture
async def working_api(database: TestDatabase, settings: Settings, make: Make) -> AsyncIterator[Api]:
    """The application with its workers, once its consumers have begun."""
    db = Database(database.server_url, max_size=10)
    app = create_app(settings, db, duties=duties(settings, db))
    make.db.execute("UPDATE consumers SET position = 0")
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://holdfast.test"
        ) as client:
            yield Api(client)


async def test_a_booking_comes_and_goes(
    working_api: Api, make: Make, server: CalendarServer
) -> None:
    api, place = working_api, make.place()
    provider, url = make.operator(place.provider_id), server.calendar()
    body = {"url": url, "username": USER, "password": PASSWORD}
    path = f"/providers/{place.provider_id}/calendar-connections"
    made = await api.post(path, provider, json=body, key="new")
    assert made.status_code == 201, made.text
    booked = await api.booked(make.client(), place, make.slot(place))
    at = f"{url}{booked['id']}.ics"
    await until(lambda: server.read(at) is not None)
    cancelled = await api.post(
        f"/appointments/{booked['id']}/cancel", provider, json={"reason": "ill"}, key="new"
    )
    assert cancelled.is_success, cancelled.text
    await until(lambda: server.read(at) is None)

    shown = await api.get("/deliveries", make.admin(), params={"channel": "caldav"})
    for delivery in shown.json()["items"]:
        assert delivery["connectionId"] == made.json()["id"]
        assert delivery["address"] == url
        assert [attempt["outcome"] for attempt in delivery["attempts"]][-1:] in ([], ["sent"])


async def test_nothing_goes_where_the_guard_refuses(
    calendar: Calendar, db: Database, settings: Settings
) -> None:
    """The allowed networks became fewer: the lane waits, and nothing was sent."""
    booked = await calendar.book_only()
    out = Outbound(Guard(()))
    calendar.pusher.sender = CalendarSender(settings, db, out)
    try:
        assert await calendar.pusher.run() == ["not_allowed"]
    finally:
        await out.close()
    assert calendar.text(booked) is None
    [delivery] = calendar.pusher.drive.deliveries(channel="caldav")
    assert delivery["state"] == "pending"


async def test_a_preview_is_the_object_as_it_would_be_written(calendar: Calendar) -> None:
    booked = await calendar.book()
    [delivery] = calendar.pusher.drive.deliveries(channel="caldav")
    admin = calendar.make.admin()
    shown = await calendar.api.get(f"/deliveries/{delivery['id']}", admin)
    assert f"UID:{booked['id']}@holdfast" in shown.json()["preview"]["text"]
    again = await calendar.api.post(f"/deliveries/{delivery['id']}/resend", admin)
    assert again.status_code == 201, again.text
    assert await calendar.pusher.run() == ["unchanged"]
