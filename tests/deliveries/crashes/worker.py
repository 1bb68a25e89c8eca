"""A worker that dies where it is told to: `python worker.py DATABASE SINK POINT NTH ROOM LEASE`.

The engine is the real one, with a tiny sender that posts to a sink. At the NTH time that it comes
to POINT it kills itself, as the kernel would; with `-` it lives.
"""

import asyncio
import os
import signal
import sys
from datetime import time
from typing import Any

import aiohttp

from holdfast.deliveries import statements
from holdfast.deliveries.engine import Engine, Plan
from holdfast.deliveries.model import Channel, Claimed, HandOver, Outcome
from holdfast.kernel.db import Database
from holdfast.runtime.signals import stop_on_signals


class Fate:
    """Counts how often a point was reached."""

    def __init__(self, point: str, nth: int) -> None:
        self._point = point
        self._left = nth

    def reach(self, point: str) -> None:
        if point == self._point:
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, name: str) -> None:
        """Be reached right before and after one of the courier's statements."""
        statement = getattr(statements, name)

        async def wrapped(*args: Any) -> Any:
            self.reach(f"before {name}")
            result = await statement(*args)
            if name != "claim" or result.claims:
                self.reach(f"after {name}")
            return result

        setattr(statements, name, wrapped)


class PostSender:
    channel: Channel = "webhook"

    def __init__(self, session: aiohttp.ClientSession, sink: str, room: int, fate: Fate) -> None:
        self.lane_room = self.process_room = room
        self._session = session
        self._sink = sink
        self._fate = fate

    async def send(self, delivery: Claimed, hand_over: HandOver) -> Outcome:
        await hand_over()
        self._fate.reach("before the request")
        headers = {"webhook-id": f"evt_{delivery.position}", "x-pid": str(os.getpid())}
        headers["x-delivery"] = str(delivery.id)
        async with self._session.post(self._sink, headers=headers) as response:
            self._fate.reach("before the answer was read")
            status = response.status
        self._fate.reach("after the answer")
        if status < 300:
            return Outcome("sent", code=str(status))
        return Outcome("failed", code=str(status), is_lane_fault=status >= 500)


class PlanningEngine(Engine):
    """Says when it plans."""

    fate: Fate

    async def _value(self, query: Any, parameters: Any, name: str) -> Any:
        is_planning = "plan_webhooks" in query
        if is_planning:
            self.fate.reach("before planning")
        value = await super()._value(query, parameters, name)
        if is_planning and value:
            self.fate.reach("after planning")
        return value


async def run(url: str, sink: str, point: str, nth: str, room: str, lease: str) -> None:
    fate = Fate(point, int(nth))
    for name in ("claim", "mark", "settle"):
        fate.around(name)
    stop = asyncio.Event()
    stop_on_signals(stop.set)
    db = Database(url, max_size=6)
    await db.open()
    try:
        async with aiohttp.ClientSession() as session:
            sender = PostSender(session, sink, int(room), fate)
            plan = Plan((), 0.0, time(21), time(8))
            engine = PlanningEngine(db, [sender], plan, lease_seconds=float(lease))
            engine.fate = fate
            async with engine.running():
                await stop.wait()
    finally:
        await db.close()


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
