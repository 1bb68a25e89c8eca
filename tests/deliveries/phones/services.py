"""An SMS gateway and a push service: real servers that say what a test wants."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from tests.concurrency.support import eventually

SILENCE = object()
"""As an answer: the connection is closed once the request has come."""


@dataclass
class Asked:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True))


@dataclass
class Service:
    """Answers with `answers` in turn, then with `usual`: (status, headers, document)."""

    usual: Any
    answers: deque[Any] = field(default_factory=deque)
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        at = asyncio.get_running_loop().time()
        self.asked.append(Asked(request.path_qs, dict(request.headers), body, at))
        answer = self.answers.popleft() if self.answers else self.usual
        if answer is SILENCE:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        status, headers, document = answer
        return web.Response(status=status, headers=headers, body=orjson.dumps(document))

    async def came(self, count: int) -> list[Asked]:
        """All requests, once there are at least so many."""

        async def there() -> bool:
            return len(self.asked) >= count

        await eventually(there, f"{count} requests")
        return self.asked


def gateway() -> Service:
    return Service((201, {}, {"sid": "SM0123456789abcdef", "status": "queued"}))


def push_service() -> Service:
    return Service((201, {}, None))
