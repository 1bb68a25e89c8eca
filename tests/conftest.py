"""Fixtures: a real PostgreSQL, a fresh database for each test, the API in this process."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from pydantic import SecretStr

from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.kernel.db import Database
from holdfast.kernel.embedded import EmbeddedPostgres
from tests.support.api import Api
from tests.support.cluster import FAST, Cluster, TestDatabase, bin_dir
from tests.support.make import SECRET_KEY, Make
from tests.support.scratch import scratch


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One PostgreSQL for each test process."""
    with (
        scratch(tmp_path_factory.mktemp("cluster")) as data_dir,
        EmbeddedPostgres(data_dir, bin_dir=bin_dir(), settings=FAST) as postgres,
    ):
        yield Cluster(postgres)


@pytest.fixture
def database(cluster: Cluster) -> Iterator[TestDatabase]:
    """A fresh, migrated database."""
    with cluster.database() as database:
        yield database


@pytest.fixture
def make(database: TestDatabase) -> Iterator[Make]:
    """Factories for rows of this test's database."""
    make = Make(database.owner_url)
    yield make
    make.close()


@pytest.fixture
def settings() -> Settings:
    """The application's settings; override in a module to change some."""
    return Settings(secret_key=SecretStr(SECRET_KEY), rate_limit="off")


@pytest.fixture
async def db(database: TestDatabase) -> AsyncIterator[Database]:
    """A pool with the server's own rights."""
    db = Database(database.server_url, max_size=10)
    await db.open()
    yield db
    await db.close()


@pytest.fixture
async def api(database: TestDatabase, settings: Settings) -> AsyncIterator[Api]:
    """The whole application in this process, on this test's database."""
    app = create_app(settings, Database(database.server_url, max_size=10))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://holdfast.test"
        ) as client:
            yield Api(client)
