"""Who listens to what in this process, and the delivery of each event exactly once, in order.

A subscriber that is catching up keeps live events in a queue of its own until what it missed has
been sent. After each event the place in the channel moves on, so nothing is sent twice.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import orjson
from engineio.packet import Packet

from holdfast.kernel import metrics
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Row
from holdfast.realtime.access import Visitor
from holdfast.realtime.channels import Channel
from holdfast.realtime.engine import Engine, message

# Live events kept for one subscriber that catches up; with more it reads them from the log again.
MAXIMUM_QUEUE = 500
BATCH_ROWS = 500


@dataclass(slots=True, eq=False)
class Peer:
    """An admitted connection and what it listens to."""

    sid: str
    eio_sid: str
    visitor: Visitor
    subscriptions: dict[str, "Subscription"] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        return self.visitor.actor


@dataclass(slots=True, eq=False)
class Subscription:
    """A connection on one channel.

    last: the sequence up to which the client has everything; queue: live events that wait while it
    catches up, None once it is live; has_gap: the queue was full and has been emptied.
    """

    peer: Peer
    channel: Channel
    last: int = 0
    queue: deque[Row] | None = field(default_factory=deque)
    has_gap: bool = False

    @property
    def is_current(self) -> bool:
        return self.peer.subscriptions.get(self.channel.name) is self


class GapError(Exception):
    """The log no longer has what a subscriber needs next: it was pruned meanwhile."""


ReadLog = Callable[[str, int, int], Awaitable[list[Row]]]
MayListen = Callable[[Actor, Channel], Awaitable[bool]]


class Hub:
    """The subscriptions of one process.

    Args:
        read_log: (channel, after, limit) -> rows of sequence, type, data.
        may_listen: whether an actor may (still) listen to a channel.
        on_lost: told of a subscription whose peer may no longer see what it was about.
    """

    def __init__(
        self,
        engine: Engine,
        read_log: ReadLog,
        may_listen: MayListen,
        on_lost: Callable[[Subscription], Awaitable[None]],
    ) -> None:
        self._engine = engine
        self._read_log = read_log
        self._may_listen = may_listen
        self._on_lost = on_lost
        self._channels: dict[str, dict[str, Subscription]] = {}
        self.occupied = asyncio.Event()

    def begin(self, peer: Peer, channel: Channel) -> Subscription:
        """Keep live events for this peer from now on; replaces its subscription of the channel."""
        subscription = Subscription(peer, channel)
        peer.subscriptions[channel.name] = subscription
        self._channels.setdefault(channel.name, {})[peer.sid] = subscription
        self.occupied.set()
        return subscription

    def end(self, subscription: Subscription) -> None:
        """Forget a subscription; nothing more is sent for it."""
        name, peer = subscription.channel.name, subscription.peer
        if not subscription.is_current:
            return
        del peer.subscriptions[name]
        members = self._channels[name]
        del members[peer.sid]
        if not members:
            del self._channels[name]
        if not self._channels:
            self.occupied.clear()

    async def catch_up(self, subscription: Subscription) -> None:
        """Send what the log has after `last`, at the pace of the reader, then what came meanwhile;
        from then on the subscription is live."""
        channel = subscription.channel.name
        while subscription.is_current:
            rows = await self._read_log(channel, subscription.last, BATCH_ROWS)
            for row in rows:
                if not await self._engine.has_room(subscription.peer.eio_sid):
                    return
                if not subscription.is_current:
                    return
                if row["sequence"] != subscription.last + 1:
                    raise GapError(f"{channel}: {row['sequence']} after {subscription.last}")
                self._send(subscription, row, _packet(row))
                await self._check_rights([subscription], row)
            if len(rows) == BATCH_ROWS or subscription.has_gap:
                subscription.has_gap = False
                continue
            # Without a wait between the empty queue and being live: nothing falls between.
            while subscription.is_current and (queue := subscription.queue):
                row = queue.popleft()
                self._send(subscription, row, _packet(row))
                await self._check_rights([subscription], row)
            if not subscription.has_gap:
                subscription.queue = None
                return

    async def deliver(self, row: Row) -> None:
        """Send an event to this process's subscribers of its channel.

        Args:
            row: channel, sequence, type, data (the event's JSON text).
        """
        members = self._channels.get(row["channel"])
        if not members:
            return
        packet = _packet(row)
        live = []
        for subscription in members.values():
            if subscription.queue is None:
                self._send(subscription, row, packet)
                live.append(subscription)
            elif len(subscription.queue) < MAXIMUM_QUEUE:
                subscription.queue.append(row)
            else:
                subscription.queue.clear()
                subscription.has_gap = True
        await self._check_rights(live, row)

    def _send(self, subscription: Subscription, row: Row, packet: Packet) -> None:
        if row["sequence"] > subscription.last:
            subscription.last = row["sequence"]
            self._engine.push(subscription.peer.eio_sid, packet)
            metrics.SOCKET_EVENTS.inc()

    async def _check_rights(self, subscriptions: list[Subscription], row: Row) -> None:
        """After an event that may hide an appointment, end the subscriptions of those who no longer
        see it."""
        if not _may_hide(row):
            return
        for subscription in subscriptions:
            if subscription.is_current and not await self._may_listen(
                subscription.peer.actor, subscription.channel
            ):
                self.end(subscription)
                await self._on_lost(subscription)


def _may_hide(row: Row) -> bool:
    # Deleted: its client no longer sees it. A new provider: the former one's operators do not.
    return row["channel"].startswith("appointment.") and (
        row["type"] == "booking.deleted"
        or (row["type"] == "booking.rescheduled" and '"providerId"' in row["data"])
    )


def _packet(row: Row) -> Packet:
    """An event as a Socket.IO packet: `2["type",{…}]`."""
    return message(f"2[{orjson.dumps(row['type']).decode()},{row['data']}]")
