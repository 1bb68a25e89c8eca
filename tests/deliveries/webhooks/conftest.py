"""A server that sends webhooks, and an endpoint that takes them, both in this process."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.kernel.db import Database
from holdfast.workers.duties import duties
from tests.deliveries.sinks import sink
from tests.deliveries.webhooks.receiver import Receiver
from tests.deliveries.webhooks.world import World
from tests.support.api import Api
from tests.support.cluster import TestDatabase
from tests.support.kafka import as_text
from tests.support.make import SECRET_KEY, Make, User

PUBLIC_URL = "https://holdfast.example"


@pytest.fixture
def settings(bus: str, request: pytest.FixtureRequest) -> Settings:
    kafka = as_text(request.getfixturevalue("kafka_url")) if bus == "kafka" else ""
    return Settings(
        kafka_url=SecretStr(kafka),
        secret_key=SecretStr(SECRET_KEY),
        rate_limit="off",
        outbound_allow=("127.0.0.0/8",),
        public_url=PUBLIC_URL,
    )


@pytest.fixture
async def working_api(database: TestDatabase, settings: Settings, make: Make) -> AsyncIterator[Api]:
    """The application with its workers, once its consumers have begun."""
    db = Database(database.server_url, max_size=10)
    app = create_app(settings, db, duties=duties(settings, db))
    make.db.execute("UPDATE consumers SET position = 0")
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
            yield Api(client)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    async with sink(receiver) as port:
        receiver.url = f"http://127.0.0.1:{port}/hook"
        yield receiver


@pytest.fixture
def admin(make: Make) -> User:
    return make.admin()


@pytest.fixture
def world(working_api: Api, receiver: Receiver, make: Make, admin: User) -> World:
    return World(working_api, receiver, make, admin)
