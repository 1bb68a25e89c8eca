"""Between processes: cursors, which the database never sees (SPEC §5).

Events need nothing here: every process follows the log. A cursor is told to the other processes
either through Redis or, on one host, by datagrams over sockets that the parent process has made.
Best effort: what does not get through is made good by the next move.

By the same datagrams processes hear that the log has grown: sooner than when they look next.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
import socketio
from pydantic import TypeAdapter, ValidationError
from socketio.async_pubsub_manager import AsyncPubSubManager

from holdfast.config import Settings
from holdfast.realtime.schemas import CursorGone, CursorUpdate

MAXIMUM_DATAGRAM_BYTES = 4096
PUBLISH_SECONDS = 1.0
REDIS_CHANNEL = "holdfast"
_GROWN = b"+"

_CURSORS: dict[str, TypeAdapter[Any]] = {
    "cursor-update": TypeAdapter(CursorUpdate),
    "cursor-gone": TypeAdapter(CursorGone),
}
OnCursor = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The sockets between the processes of one server.

    own: receives what the others send; others: one to send on for each other process.
    """

    own: socket.socket
    others: Sequence[socket.socket]


class CursorManager(AsyncPubSubManager):
    """What python-socketio tells other processes, confined to cursors and checked on arrival.

    on_cursor: told of each cursor event of another process, as its model.
    """

    on_cursor: OnCursor | None = None

    async def _handle_emit(self, message: dict[str, Any]) -> None:
        if message.get("host_id") == self.host_id:
            await super()._handle_emit(message)
            return
        with suppress(KeyError, IndexError, TypeError, ValidationError):
            event = message["event"]
            cursor = _CURSORS[event].validate_python(message["data"][0])
            if self.on_cursor is not None:
                self.on_cursor(cursor)
            data = cursor.model_dump(mode="json", by_alias=True)
            clean = {"event": event, "data": [data], "namespace": "/", "room": cursor.channel}
            await super()._handle_emit(clean)

    async def _handle_disconnect(self, message: dict[str, Any]) -> None:
        """Nobody ends another process's connections."""

    async def _handle_enter_room(self, message: dict[str, Any]) -> None:
        """Nobody puts another process's connections into rooms."""

    async def _handle_leave_room(self, message: dict[str, Any]) -> None:
        """As above."""

    async def _handle_close_room(self, message: dict[str, Any]) -> None:
        """As above."""


class RedisManager(CursorManager, socketio.AsyncRedisManager):
    """Through Redis (HOLDFAST_REDIS_URL), also between hosts."""

    def __init__(self, url: str) -> None:
        super().__init__(
            url, channel=REDIS_CHANNEL, redis_options={"socket_connect_timeout": PUBLISH_SECONDS}
        )

    async def _publish(self, data: dict[str, Any]) -> None:
        if data["method"] != "emit":
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(PUBLISH_SECONDS):
                await super()._publish(data)


class DatagramManager(CursorManager):
    """By datagrams between the processes of one server.

    on_grown: told when another process has put something into the log.
    """

    name = "datagrams"
    on_grown: Callable[[], None] | None = None

    def __init__(self, neighbours: Neighbours) -> None:
        super().__init__()
        self._own = neighbours.own
        self._others = neighbours.others
        for each in (self._own, *self._others):
            each.setblocking(False)

    async def _publish(self, data: dict[str, Any]) -> None:
        datagram = orjson.dumps(data)
        if data["method"] != "emit" or len(datagram) > MAXIMUM_DATAGRAM_BYTES:
            return
        self._send(datagram)

    def tell_grown(self) -> None:
        """Say that the log has grown."""
        self._send(_GROWN)

    def _send(self, datagram: bytes) -> None:
        for other in self._others:
            # Full, because that process is busy or just being replaced: it misses this one.
            with suppress(OSError):
                other.send(datagram)

    async def _listen(self) -> AsyncIterator[bytes]:  # pyright: ignore[reportIncompatibleMethodOverride]
        loop = asyncio.get_running_loop()
        while True:
            datagram = await loop.sock_recv(self._own, MAXIMUM_DATAGRAM_BYTES)
            if datagram != _GROWN:
                yield datagram
            elif self.on_grown is not None:
                self.on_grown()


def manager_of(settings: Settings, neighbours: Neighbours | None) -> socketio.AsyncManager | None:
    """The way to the other processes; None where there are none."""
    if settings.redis_url is not None:
        return RedisManager(settings.redis_url.get_secret_value())
    return DatagramManager(neighbours) if neighbours is not None else None
