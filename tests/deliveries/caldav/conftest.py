"""CalDAV servers and a client of ours."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from holdfast.channels.caldav.client import DavClient
from holdfast.deliveries.addresses import Guard
from holdfast.deliveries.outbound import Outbound
from tests.deliveries.caldav.servers import NAMES, PASSWORD, USER, CalendarServer, calendar_server

Connect = Callable[..., DavClient]


@pytest.fixture(scope="module", params=NAMES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CalendarServer]:
    with calendar_server(request.param, tmp_path_factory.mktemp(request.param)) as running:
        yield running


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
