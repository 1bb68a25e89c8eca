"""A provider's calendar on a real server, and a worker that reads it when it is told to."""

from collections.abc import AsyncIterator, Iterator

import pytest
from pydantic import SecretStr

from holdfast.config import Settings
from holdfast.deliveries.addresses import Guard
from holdfast.deliveries.outbound import Outbound
from holdfast.kernel.db import Database
from tests.deliveries.busy.reading import Reader
from tests.deliveries.caldav.servers import NAMES, CalendarServer, calendar_server
from tests.support.make import SECRET_KEY, Make

LOCAL = ("127.0.0.0/8",)


@pytest.fixture(scope="module", params=NAMES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CalendarServer]:
    with calendar_server(request.param, tmp_path_factory.mktemp(request.param)) as running:
        yield running


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    with calendar_server("radicale", tmp_path_factory.mktemp("radicale")) as running:
        yield running


@pytest.fixture
def worker_settings() -> Settings:
    return Settings(secret_key=SecretStr(SECRET_KEY), rate_limit="off", outbound_allow=LOCAL)


@pytest.fixture
async def reader(make: Make, db: Database, worker_settings: Settings) -> AsyncIterator[Reader]:
    outbound = Outbound(Guard(LOCAL))
    yield Reader(make, db, worker_settings, outbound)
    await outbound.close()
