"""Somebody who is told of events by POST: a real HTTP server in a thread."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that came: what it was about, and how it was answered (0: not at all)."""

    event: str
    delivery: str
    status: int


class Sink:
    """Answers 204 at once unless told otherwise; `with` starts and stops it.

    Attributes:
        seen: all requests, in order.
        kill_at: the n-th request's sender is killed before it is answered.
        wait_seconds: how long an answer takes.
        decide: the status for the n-th request.
    """

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.kill_at = 0
        self.wait_seconds = 0.0
        self.decide: Callable[[int], int] = lambda _: 204
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._runner: web.AppRunner | None = None

    def __enter__(self) -> "Sink":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        application = web.Application()
        application.router.add_post("/", self._take)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/"

    async def _stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        number = len(self.seen) + 1
        event, delivery = request.headers["webhook-id"], request.headers["x-delivery"]
        if number == self.kill_at:
            self.seen.append(Seen(event, delivery, 0))
            os.kill(int(request.headers["x-pid"]), signal.SIGKILL)
            return web.Response(status=500)
        status = self.decide(number)
        self.seen.append(Seen(event, delivery, status))
        if self.wait_seconds:
            await asyncio.sleep(self.wait_seconds)
        return web.Response(status=status)
