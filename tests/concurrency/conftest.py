"""Fixtures of the concurrency tests."""

from collections.abc import AsyncIterator

import pytest

from holdfast.config import Settings
from tests.concurrency.support import Crowd, crowd_of
from tests.support.cluster import TestDatabase


@pytest.fixture
async def crowd(database: TestDatabase, settings: Settings) -> AsyncIterator[Crowd]:
    """Clients of the application in this process, which has 25 connections."""
    async with crowd_of(database, settings, connections=25) as crowd:
        yield crowd
