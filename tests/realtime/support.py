"""Listeners: stock Socket.IO clients that remember what they were told, and a server for them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, Self

import aiohttp
import engineio.async_client
import httpx
import jsonschema_rs
import socketio

from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.kernel.db import Database
from holdfast.realtime import asyncapi
from holdfast.runtime.http_server import ApiServer
from tests.support.api import Api
from tests.support.cluster import TestDatabase
from tests.support.make import User

# A server does without (holdfast/realtime/__init__.py); a client does not.
engineio.async_client.aiohttp = aiohttp

WAIT_SECONDS = 30.0
CALL_SECONDS = 30

Told = tuple[str, dict[str, Any]]


@cache
def validator(event: str) -> jsonschema_rs.Validator | None:
    """What the AsyncAPI document says of an event; None when it has none of that name."""
    components = asyncapi.document()["components"]
    if event not in components["messages"]:
        return None
    schema = {**components["messages"][event]["payload"], "components": components}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def is_documented(event: str, data: object) -> bool:
    known = validator(event)
    return known is not None and known.is_valid(data)


class Listener:
    """A signed-in Socket.IO client. Use as a context manager, or `connect` and `close`.

    Args:
        user: whose token it shows; None for one that shows none.
        transports: None for the client's own default.
    """

    def __init__(
        self,
        url: str,
        user: User | None,
        *,
        transports: list[str] | None = None,
        headers: dict[str, str] | None = None,
        reconnects: bool = False,
    ) -> None:
        self.url = url
        self.user = user
        self.told: list[Told] = []
        self.undocumented: list[Told] = []
        self.latest: dict[str, int] = {}
        self.disconnected = asyncio.Event()
        self.refusal: Any = None
        self._transports = transports
        self._headers = headers or {}
        self._news = asyncio.Condition()
        self.client = socketio.AsyncClient(
            reconnection=reconnects, reconnection_delay=1, reconnection_delay_max=1
        )
        self.client.on("*", self.hear)
        self.client.on("disconnect", self._on_disconnect)
        self.client.on("connect_error", self._on_refusal)

    async def hear(self, event: str, data: dict[str, Any]) -> None:
        """Remember an event."""
        async with self._news:
            if not is_documented(event, data):
                self.undocumented.append((event, data))
            self.told.append((event, data))
            if sequence := data.get("sequence"):
                channel = data["channel"]
                self.latest[channel] = max(sequence, self.latest.get(channel, 0))
            self._news.notify_all()

    async def _on_disconnect(self, *_: Any) -> None:
        self.disconnected.set()

    async def _on_refusal(self, data: Any) -> None:
        self.refusal = data

    async def connect(self) -> Self:
        await self.client.connect(
            self.url,
            auth={"token": self.user.token} if self.user else None,
            transports=self._transports,
            headers=self._headers,
            wait_timeout=CALL_SECONDS,
        )
        return self

    async def close(self) -> None:
        assert self.undocumented == [], "what is sent is what AsyncAPI says"
        await self.client.disconnect()

    async def __aenter__(self) -> Self:
        return await self.connect()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def call(self, event: str, data: Any = None) -> dict[str, Any]:
        """Send a message and wait for its acknowledgement."""
        answer = await self.client.call(event, data, timeout=CALL_SECONDS)
        assert answer is not None
        return answer

    async def subscribe(self, channel: str, since: int | None = None) -> dict[str, Any]:
        """The acknowledgement; fails when it is not ok."""
        message = {"channel": channel} if since is None else {"channel": channel, "since": since}
        ack = await self.call("subscribe", message)
        assert ack["ok"], ack
        return ack

    def sequences(self, channel: str) -> list[int]:
        """The sequences received on a channel, in the order of their arrival."""
        return [
            data["sequence"]
            for _, data in self.told
            if data["channel"] == channel and "sequence" in data
        ]

    async def until(self, condition: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
        """Wait until what was received meets a condition."""
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(condition)
        except TimeoutError:
            raise AssertionError(f"not within {seconds:.0f} s; told: {self.told[-20:]}") from None

    async def until_told(self, event: str, **facts: Any) -> dict[str, Any]:
        """Wait for an event with these facts; its data."""

        def found() -> list[dict[str, Any]]:
            return [
                data for name, data in self.told if name == event and facts.items() <= data.items()
            ]

        await self.until(lambda: bool(found()))
        return found()[0]

    async def until_sequence(
        self, channel: str, sequence: int, seconds: float = WAIT_SECONDS
    ) -> None:
        """Wait until a channel has come this far."""
        await self.until(lambda: sequence <= self.latest.get(channel, 0), seconds)

    async def until_cut(self, seconds: float = WAIT_SECONDS) -> None:
        async with asyncio.timeout(seconds):
            await self.disconnected.wait()


class Live:
    """A server in this process, on a real socket, and the ways to talk to it."""

    def __init__(self, url: str, api: Api) -> None:
        self.url = url
        self.api = api

    def listener(self, user: User | None, **options: Any) -> Listener:
        return Listener(self.url, user, **options)


@asynccontextmanager
async def serving(database: TestDatabase, settings: Settings) -> AsyncIterator[Live]:
    """Run the application on a free port for as long as the block lasts."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    port = listener.getsockname()[1]
    settings = settings.model_copy(update={"port": port})
    db = Database(database.server_url, max_size=10)
    ready = asyncio.Event()
    app = create_app(settings, db)
    server = ApiServer(app, on_ready=ready.set, on_stop=app.state.on_stop)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await ready.wait()
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            yield Live(url, Api(client))
    finally:
        server.stop()
        await task
