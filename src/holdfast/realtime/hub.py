"""Who listens to what in this process, and the delivery of each event exactly once, in order.

A subscriber that is catching up gets live events into a queue of its own until what it missed has
been sent; then it joins the room that all others share.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import socketio

from holdfast.kernel.db import Row


@dataclass(slots=True)
class Subscriber:
    """A connection on one channel; `queue` is None once it is live."""

    queue: list[Row] | None = field(default_factory=list)


def as_event(channel: str, row: Row) -> dict[str, Any]:
    """What a client receives of a row of the log."""
    return {**row["payload"], "channel": channel, "sequence": row["sequence"]}


class Hub:
    """The subscriptions of one process."""

    def __init__(self, sio: socketio.AsyncServer) -> None:
        self._sio = sio
        self._channels: dict[str, dict[str, Subscriber]] = {}
        self.occupied = asyncio.Event()

    def count(self, sid: str) -> int:
        """How many channels a connection listens to."""
        return sum(sid in members for members in self._channels.values())

    def members(self, channel: str) -> list[str]:
        return list(self._channels.get(channel, ()))

    def is_member(self, sid: str, channel: str) -> bool:
        return sid in self._channels.get(channel, ())

    def begin(self, sid: str, channel: str) -> Subscriber:
        """Keep live events for this connection from now on."""
        subscriber = Subscriber()
        self._channels.setdefault(channel, {})[sid] = subscriber
        self.occupied.set()
        return subscriber

    async def go_live(
        self,
        sid: str,
        channel: str,
        subscriber: Subscriber,
        missed: AsyncIterator[Row],
        head: int,
    ) -> None:
        """Send what was missed, then what came meanwhile, then join the room.

        Args:
            head: the channel's sequence that the subscriber has without `missed`.
        """
        last = head
        async for row in missed:
            if row["sequence"] > last:
                last = row["sequence"]
                await self._send(sid, channel, row)
        # Sending may wait, and more may come meanwhile; the room is joined without waiting after
        # the queue was found empty.
        while subscriber.queue:
            row = subscriber.queue.pop(0)
            if row["sequence"] > last:
                last = row["sequence"]
                await self._send(sid, channel, row)
        if self._channels.get(channel, {}).get(sid) is subscriber:
            subscriber.queue = None
            await self._sio.enter_room(sid, channel)

    async def leave(self, sid: str, channel: str) -> None:
        members = self._channels.get(channel, {})
        if members.pop(sid, None) is not None:
            await self._sio.leave_room(sid, channel)
        if not members:
            self._channels.pop(channel, None)
        if not self._channels:
            self.occupied.clear()

    async def leave_all(self, sid: str) -> list[str]:
        """Forget a connection; the channels it was on."""
        channels = [name for name, members in self._channels.items() if sid in members]
        for channel in channels:
            await self.leave(sid, channel)
        return channels

    async def deliver(self, row: Row) -> None:
        """Send an event to this process's subscribers of its channel."""
        channel = row["channel"]
        members = self._channels.get(channel)
        if not members:
            return
        for subscriber in members.values():
            if subscriber.queue is not None:
                subscriber.queue.append(row)
        await self._sio.emit(row["type"], as_event(channel, row), room=channel, ignore_queue=True)

    async def _send(self, sid: str, channel: str, row: Row) -> None:
        await self._sio.emit(row["type"], as_event(channel, row), to=sid, ignore_queue=True)
