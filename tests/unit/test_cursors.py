"""Live cursors: how often they are relayed, and when they go (SPEC §5)."""

import asyncio
import time
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest

from holdfast.kernel.actor import Actor
from holdfast.realtime import cursors
from holdfast.realtime.cursors import Cursors, color_of
from tests.concurrency.support import eventually

APPOINTMENT = uuid4()
MOVER = Actor(uuid4(), "operator", "Olga", "olga@example.test", None)


class Room:
    """Remembers what was sent, and when."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sent: list[tuple[float, str, dict[str, Any]]] = []
        self.cursors = Cursors(self._emit, lambda: self.now or time.monotonic())

    async def _emit(
        self, event: str, data: dict[str, Any], room: str, skip_sid: str | None, to_others: bool
    ) -> None:
        assert room == data["channel"] == f"appointment.{APPOINTMENT}"
        self.sent.append((time.monotonic(), event, data))

    async def move(self, sid: str, x: float) -> None:
        await self.cursors.move(sid, MOVER, APPOINTMENT, {"x": x, "y": 0})

    @property
    def events(self) -> list[str]:
        return [event for _, event, _ in self.sent]


async def test_at_most_every_200_milliseconds_and_the_last_position_counts() -> None:
    room = Room()
    deadline = time.monotonic() + 0.7
    x = 0
    while time.monotonic() < deadline:
        x += 1
        await room.move("sid", x)
        await asyncio.sleep(0)

    async def is_last_sent() -> bool:
        return room.sent[-1][2]["position"]["x"] == x

    await eventually(is_last_sent, "the last position is sent")
    assert 3 <= len(room.sent) <= 5
    times = [at for at, _, _ in room.sent]
    for before, after in pairwise(times):
        assert after - before >= cursors.RELAY_SECONDS - 0.005  # a timer's own precision
    assert {data["color"] for _, _, data in room.sent} == {color_of(MOVER.id)}


async def test_it_goes_after_ten_seconds_without_a_move(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cursors, "SWEEP_SECONDS", 0)
    room = Room()
    room.now = 100.0
    await room.move("sid", 1)
    room.now = 109.9
    await room.cursors.sweep()
    assert room.events == ["cursor-update"]
    room.now = 110.0
    await room.cursors.sweep()
    await room.cursors.sweep()
    assert room.events == ["cursor-update", "cursor-gone"]


async def test_a_user_with_two_windows_goes_with_the_last() -> None:
    room = Room()
    for sid in ("one", "two"):
        await room.move(sid, 1)
    await room.cursors.gone("one")
    assert room.events == ["cursor-update"] * 2
    await room.cursors.gone("two")
    await room.cursors.gone("two")
    assert room.events == ["cursor-update"] * 2 + ["cursor-gone"]
