"""A server that sends webhooks, and an endpoint that takes them, both in this process."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.kernel.db import Database
from holdfast.workers.duties import duties
from tests.deliveries.sinks import sink
from tests.deliveries.webhooks.receiver import Receiver
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
    app = create_app(settings, Database(database.server_url, max_size=10), duties=duties(settings))
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


async def add_endpoint(api: Api, admin: User, url: str, *types: str, **more: Any) -> dict[str, Any]:
    """An endpoint as the API shows it, with its secret."""
    body = {"url": url, "types": list(types or ("booking.*",)), **more}
    answer = await api.post("/webhook-endpoints", admin, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()
