"""From connecting a calendar to its end, by the API and the workers of one server."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.kernel.db import Database
from holdfast.workers.duties import duties
from tests.concurrency.support import eventually
from tests.deliveries.busy.objects import lunch
from tests.deliveries.busy.rows import status
from tests.deliveries.caldav.servers import PASSWORD, USER, CalendarServer
from tests.support.api import Api
from tests.support.cluster import TestDatabase
from tests.support.make import Make, soon

START = soon()


@pytest.fixture
async def working_api(database: TestDatabase, worker_settings: Settings) -> AsyncIterator[Api]:
    settings = worker_settings
    db = Database(database.server_url, max_size=10)
    app = create_app(settings, db, duties=duties(settings, db))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://x.test") as client:
            yield Api(client)


async def test_a_calendar_blocks_as_long_as_it_is_connected(
    working_api: Api, make: Make, radicale: CalendarServer
) -> None:
    place, url = make.place(), radicale.calendar()
    provider, slots = make.operator(place.provider_id), make.slots(place, 4, START)
    radicale.put(f"{url}lunch.ics", lunch(START))
    path = f"/providers/{place.provider_id}/calendar-connections"
    body = {"url": url, "username": USER, "password": PASSWORD, "push": True, "busy": True}
    made = await working_api.post(path, provider, json=body)
    assert made.status_code == 201, made.text
    connection = f"{path}/{made.json()['id']}"

    async def become(*states: str) -> None:
        async def are_so() -> bool:
            return [status(make, slot) for slot in slots] == list(states)

        await eventually(are_so, f"the slots are {states}")

    await become("blocked", "blocked", "available", "available")
    # What we put there ourselves blocks nothing.
    appointment = await working_api.booked(make.client(), place, slots[3])

    async def is_there() -> bool:
        return radicale.read(f"{url}{appointment['id']}.ics") is not None

    await eventually(is_there, "the appointment is in the calendar")
    radicale.drop(f"{url}lunch.ics")
    assert (await working_api.post(f"{connection}/sync", provider, key="new")).status_code == 202
    await become("available", "available", "available", "booked")
    radicale.put(f"{url}lunch.ics", lunch(START, "SEQUENCE:2"))
    assert (await working_api.post(f"{connection}/sync", provider, key="new")).status_code == 202
    await become("blocked", "blocked", "available", "booked")
    row = make.one("SELECT version FROM calendar_connections WHERE id = %s", UUID(connection[-36:]))
    gone = await working_api.delete(
        connection, provider, headers={"If-Match": f'"{row["version"]}"'}
    )
    assert gone.status_code == 204, gone.text
    await become("available", "available", "available", "booked")
