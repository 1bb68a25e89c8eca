"""An endpoint that keeps what it is sent, and answers as a test wants."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web
from standardwebhooks import Webhook


@dataclass(frozen=True)
class Request:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return orjson.loads(self.body)

    def verified(self, secret: str) -> dict[str, Any]:
        """The event, once a library that is not ours has looked at its signature."""
        return Webhook(secret).verify(self.body, self.headers)


Answer = Callable[[Request], Awaitable[web.StreamResponse]]


class Receiver:
    """A handler for `sink`; `url` is set by the fixture.

    Attributes:
        answer: what is answered, 204 by default; `status` is the short way.
    """

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[Request] = []
        self.status = 204
        self.headers: dict[str, str] = {}
        self.answer: Answer | None = None
        self._came = asyncio.Condition()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        came = Request(request.path, headers, await request.read())
        async with self._came:
            self.requests.append(came)
            self._came.notify_all()
        if self.answer is not None:
            return await self.answer(came)
        return web.Response(status=self.status, headers=self.headers, text="")

    async def until(self, enough: Callable[[], bool], seconds: float = 20) -> list[Request]:
        """What has come when there is enough of it."""
        async with asyncio.timeout(seconds), self._came:
            await self._came.wait_for(enough)
        return list(self.requests)

    async def came(self, number: int, seconds: float = 20) -> list[Request]:
        return await self.until(lambda: len(self.requests) >= number, seconds)
