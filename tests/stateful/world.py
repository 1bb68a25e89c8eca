"""The application on a loop of its own thread, so that hypothesis can call it step by step."""

import asyncio
import threading
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import SecretStr

from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.kernel.db import Database
from holdfast.verify import assert_clean
from tests.stateful.model import APPOINTMENT_LIMIT, REQUEST_LIMIT
from tests.support.cluster import TestDatabase
from tests.support.make import SECRET_KEY, Make


class World:
    """A running application, factories, and a check of all invariants."""

    def __init__(self, database: TestDatabase) -> None:
        self._database = database
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._stack = AsyncExitStack()
        self.make = Make(database.owner_url)

    def __enter__(self) -> Self:
        self._thread.start()
        self._client = self._wait(self._start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._wait(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.make.close()

    async def _start(self) -> httpx.AsyncClient:
        settings = Settings(
            secret_key=SecretStr(SECRET_KEY),
            rate_limit="off",
            reservation_ttl_seconds=300,
            client_appointment_limit=APPOINTMENT_LIMIT,
            client_request_limit=REQUEST_LIMIT,
        )
        app = create_app(settings, Database(self._database.server_url, max_size=5))
        await self._stack.enter_async_context(app.router.lifespan_context(app))
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://holdfast.test/api/v1")
        return await self._stack.enter_async_context(client)

    def call(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        return self._wait(self._client.request(method, path, **kwargs))

    def assert_clean(self) -> None:
        assert_clean(self._database.owner_url)

    def _wait(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)
