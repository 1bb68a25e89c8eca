"""A server on a real socket for stock clients."""

from collections.abc import AsyncIterator

import pytest

from holdfast.config import Settings
from tests.realtime.support import Live, serving
from tests.support.cluster import TestDatabase


@pytest.fixture
async def live(database: TestDatabase, settings: Settings) -> AsyncIterator[Live]:
    async with serving(database, settings) as live:
        yield live
