"""CalDAV servers, a client of ours, and an application that may reach them."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from pydantic import SecretStr

from holdfast.channels.caldav.client import DavClient
from holdfast.config import Settings
from holdfast.deliveries.addresses import Guard
from holdfast.deliveries.outbound import Outbound
from holdfast.kernel.db import Database
from tests.deliveries.caldav.pushing import Calendar, Pusher, connected
from tests.deliveries.caldav.servers import NAMES, PASSWORD, USER, CalendarServer, calendar_server
from tests.deliveries.drive import Drive
from tests.support.api import Api
from tests.support.make import SECRET_KEY, Make

Connect = Callable[..., DavClient]


@pytest.fixture(scope="module", params=NAMES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CalendarServer]:
    with calendar_server(request.param, tmp_path_factory.mktemp(request.param)) as running:
        yield running


@pytest.fixture
def settings() -> Settings:
    return Settings(
        secret_key=SecretStr(SECRET_KEY),
        rate_limit="off",
        outbound_allow=("127.0.0.0/8",),
        public_url="https://holdfast.example",
        smtp_url=SecretStr("smtp://127.0.0.1:9?from=house@holdfast.example"),
    )


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    out = Outbound(Guard(("127.0.0.0/8",)))
    yield out
    await out.close()


@pytest.fixture
def connect(outbound: Outbound) -> Connect:
    def connect(url: str, username: str = USER, password: str = PASSWORD) -> DavClient:
        return DavClient(outbound, url, username, password)

    return connect


@pytest.fixture
def pusher(drive: Drive, db: Database, settings: Settings, outbound: Outbound) -> Pusher:
    drive.start()
    assert drive.make.one("SELECT plan_calendars(500) AS passed")["passed"] is None
    return Pusher(drive, db, settings, outbound)


@pytest.fixture
async def calendar(
    api: Api, make: Make, server: CalendarServer, pusher: Pusher, settings: Settings
) -> Calendar:
    """A provider's calendar that is written to, and the provider's user."""
    return await connected(api, make, server, pusher, settings)
