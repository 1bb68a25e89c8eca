"""Engine.IO with a limit on everything: what is sent, what waits to be read, how long it takes.

The library below trusts its clients: it waits for a slow reader for ever, keeps everything that one
does not read, and lets an unreadable packet end the task that serves the connection.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

import engineio
from engineio.async_drivers.asgi import WebSocket
from engineio.async_socket import AsyncSocket
from engineio.packet import CLOSE, MESSAGE, Packet

from holdfast.kernel import metrics
from holdfast.realtime.flood import FloodMeter

# Packets that may wait for one reader; whoever leaves more unread is cut, and may ask for what was
# missed with `since`.
MAXIMUM_BACKLOG = 1000
# A replay waits while more than this is unread.
COMFORTABLE_BACKLOG = 100
SEND_SECONDS = 20.0
CLOSE_SECONDS = 2.0
ROOM_POLL_SECONDS = 0.01

log = logging.getLogger("holdfast.realtime")


def message(text: str) -> Packet:
    """A packet that carries a message; it is encoded once for all who get it."""
    return Packet(MESSAGE, text)


class LimitedWebSocket(WebSocket):
    """A WebSocket that neither floods, nor waits for ever, nor passes on what cannot be read."""

    def __init__(self, handler: Any, server: Any) -> None:
        super().__init__(handler, server)
        self._meter = FloodMeter()

    async def wait(self) -> str | bytes:
        """The next readable packet.

        Raises:
            OSError: the connection has ended, or sent too much for too long.
        """
        while True:
            data = await super().wait()
            if self._meter.is_flooding():
                metrics.SOCKET_CUTS.labels("flood").inc()
                raise OSError("too many messages")
            if _is_readable(data):
                return data
            metrics.SOCKET_GARBAGE.inc()

    async def send(self, message: Any) -> None:
        async with asyncio.timeout(SEND_SECONDS):
            await super().send(message)

    async def close(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await super().close()


def _is_readable(data: str | bytes) -> bool:
    try:
        Packet(encoded_packet=data)
    except (ValueError, TypeError, RecursionError):
        return False
    return True


class Engine(engineio.AsyncServer):
    """Engine.IO's server, which ends a connection at once where it has to."""

    sockets: dict[str, AsyncSocket]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._async = dict(cast(dict[str, Any], self._async), websocket=LimitedWebSocket)
        self._cutting: set[asyncio.Task[None]] = set()

    async def send_packet(self, sid: str, pkt: Packet) -> None:
        self.push(sid, pkt)

    def push(self, sid: str, packet: Packet) -> None:
        """Put a packet into a connection's queue; one whose queue is full is cut."""
        socket = self.sockets.get(sid)
        if socket is None or socket.closed or socket.closing:
            return
        if socket.queue.qsize() < MAXIMUM_BACKLOG:
            socket.queue.put_nowait(packet)
            return
        metrics.SOCKET_CUTS.labels("slow").inc()
        socket.closing = True  # nothing more for it while the task below has not begun
        task = asyncio.get_running_loop().create_task(self._cut_slow(sid, socket))
        self._cutting.add(task)
        task.add_done_callback(self._cutting.discard)

    async def _cut_slow(self, sid: str, socket: AsyncSocket) -> None:
        socket.closing = False
        while not socket.queue.empty():
            socket.queue.get_nowait()
        await self.disconnect(sid)

    async def has_room(self, sid: str) -> bool:
        """Wait until a connection has read most of what was sent; False when it has ended."""
        while (socket := self.sockets.get(sid)) is not None and not socket.closed:
            if socket.queue.qsize() < COMFORTABLE_BACKLOG:
                return True
            await asyncio.sleep(ROOM_POLL_SECONDS)
        return False

    def wake(self, sid: str) -> None:
        """Let the request that waits for packets of a connection return: it has ended."""
        socket = self.sockets.get(sid)
        if socket is not None:
            socket.queue.put_nowait(None)

    async def end_polls(self) -> None:
        """End the connections that wait in a request: the server stops, and waits for those."""
        for sid in [sid for sid, socket in self.sockets.items() if not socket.upgraded]:
            await self.disconnect(sid)

    async def disconnect(self, sid: str | None = None, farewell: Sequence[Packet] = ()) -> None:
        """End a connection without waiting for its client.

        Args:
            farewell: packets that it may still read.
        """
        socket = self.sockets.pop(sid, None) if sid is not None else None
        if socket is None:
            return
        await socket.close(wait=False, abort=True, reason=self.reason.SERVER_DISCONNECT)
        for packet in (*farewell, Packet(CLOSE), None):
            socket.queue.put_nowait(packet)
