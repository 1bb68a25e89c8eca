"""One application and one database for all the requests of a module."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pydantic import SecretStr

from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.kernel.db import Database
from holdfast.kernel.p256 import new_private_key
from tests.contract.calendar import CALENDAR_NETWORK
from tests.support.api import Api
from tests.support.cluster import Cluster, TestDatabase
from tests.support.make import SECRET_KEY, Make


@pytest.fixture(scope="module")
def shared_database(cluster: Cluster) -> Iterator[TestDatabase]:
    with cluster.database() as database:
        yield database


@pytest.fixture(scope="module")
def shared_make(shared_database: TestDatabase) -> Iterator[Make]:
    make = Make(shared_database.owner_url)
    yield make
    make.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_app(shared_database: TestDatabase) -> AsyncIterator[FastAPI]:
    """The running application, in this process."""
    settings = Settings(
        secret_key=SecretStr(SECRET_KEY),
        rate_limit="off",
        vapid_private_key=SecretStr(new_private_key()),
        outbound_allow=(CALENDAR_NETWORK,),
    )
    app = create_app(settings, Database(shared_database.server_url, max_size=10))
    async with app.router.lifespan_context(app):
        yield app


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_api(shared_app: FastAPI) -> AsyncIterator[Api]:
    """Use it in tests marked `asyncio(loop_scope="module")`, with fresh objects for each test."""
    transport = httpx.ASGITransport(app=shared_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://holdfast.test") as client:
        yield Api(client)
