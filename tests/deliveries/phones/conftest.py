"""A server that has an SMS gateway and sends push messages."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.kernel.db import Database
from holdfast.workers.duties import duties
from tests.deliveries.phones.people import SETTINGS
from tests.deliveries.phones.services import Service, gateway, push_service
from tests.deliveries.sinks import sink
from tests.support.api import Api
from tests.support.cluster import TestDatabase
from tests.support.make import Make


@pytest.fixture
def settings() -> Settings:
    return SETTINGS


@pytest.fixture
async def sms() -> AsyncIterator[Service]:
    """The gateway."""
    service = gateway()
    async with sink(service) as service.port:
        yield service


@pytest.fixture
async def push() -> AsyncIterator[Service]:
    """The push service of a browser's maker."""
    service = push_service()
    async with sink(service) as service.port:
        yield service


@pytest.fixture
async def working(
    database: TestDatabase, settings: Settings, make: Make, sms: Service
) -> AsyncIterator[Api]:
    """The application with its workers, which know the gateway."""
    url = f"http://AC1:to%3Aken@127.0.0.1:{sms.port}/Accounts/AC1/Messages.json?from=%2B4930123&x=1"
    settings = settings.model_copy(
        update={"sms_url": SecretStr(url), "outbound_allow": ("127.0.0.0/8",)}
    )
    db = Database(database.server_url, max_size=10)
    app = create_app(settings, db, duties=duties(settings, db))
    make.db.execute("UPDATE consumers SET position = 0")
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="https://holdfast.test"
        ) as client:
            yield Api(client)
