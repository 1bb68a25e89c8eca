"""Catching up from the log: gaps are noticed, and what hides something is the last (SPEC §5)."""

from typing import Any, cast
from uuid import uuid4

import pytest

from holdfast.kernel.actor import Actor
from holdfast.realtime.access import Visitor
from holdfast.realtime.channels import Channel
from holdfast.realtime.engine import Engine
from holdfast.realtime.hub import GapError, Hub, Peer, Subscription

CHANNEL = Channel("appointment", uuid4())


class Reader:
    """A connection that reads whatever it is sent, at once."""

    def __init__(self) -> None:
        self.packets: list[str] = []

    async def has_room(self, _: str) -> bool:
        return True

    def push(self, _: str, packet: Any) -> None:
        self.packets.append(packet.data)


class World:
    """A hub whose log is a list."""

    def __init__(self, *events: tuple[int, str]) -> None:
        self.reader = Reader()
        self.log = [
            {"channel": CHANNEL.name, "sequence": sequence, "type": type, "data": "{}"}
            for sequence, type in events
        ]
        self.is_visible = True
        self.lost: list[Subscription] = []
        self.hub = Hub(cast(Engine, self.reader), self._read, self._may_listen, self._on_lost)

    async def _read(self, _: str, after: int, limit: int) -> list[dict[str, Any]]:
        return [row for row in self.log if row["sequence"] > after][:limit]

    async def _may_listen(self, *_: object) -> bool:
        return self.is_visible

    async def _on_lost(self, subscription: Subscription) -> None:
        self.lost.append(subscription)

    async def catch_up(self) -> Subscription:
        actor = Actor(uuid4(), "client", "Cleo", "cleo@example.test", None)
        subscription = self.hub.begin(Peer("sid", "eio", Visitor(actor, uuid4(), None)), CHANNEL)
        await self.hub.catch_up(subscription)
        return subscription


async def test_what_the_log_has_is_sent_and_then_it_is_live() -> None:
    world = World((1, "booking.confirmed"), (2, "booking.updated"))
    subscription = await world.catch_up()
    assert world.reader.packets == ['2["booking.confirmed",{}]', '2["booking.updated",{}]']
    assert (subscription.last, subscription.queue) == (2, None)


async def test_a_log_that_is_pruned_meanwhile_is_no_silent_gap() -> None:
    world = World((3, "booking.updated"), (4, "booking.updated"))
    with pytest.raises(GapError):
        await world.catch_up()
    assert world.reader.packets == []


async def test_what_hides_the_appointment_is_the_last_that_is_sent() -> None:
    world = World((1, "booking.confirmed"), (2, "booking.deleted"), (3, "booking.restored"))
    world.is_visible = False
    subscription = await world.catch_up()
    assert world.reader.packets[-1] == '2["booking.deleted",{}]'
    assert world.lost == [subscription]
    assert not subscription.is_current


async def test_what_was_hidden_and_is_back_is_replayed_whole() -> None:
    world = World((1, "booking.confirmed"), (2, "booking.deleted"), (3, "booking.restored"))
    subscription = await world.catch_up()
    assert len(world.reader.packets) == 3
    assert subscription.is_current
