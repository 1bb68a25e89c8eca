"""Follows the log of events and hands each to the hub; every process follows it by itself, so that
several are right without anything between them but PostgreSQL."""

import asyncio

from holdfast.events import store
from holdfast.kernel.db import Database
from holdfast.kernel.errors import unavailable
from holdfast.kernel.loops import Loop, is_set_within
from holdfast.realtime.hub import Hub

BATCH_ROWS = 500
POLL_SECONDS = 0.025
FOLLOWING_SECONDS = 5.0
NOBODY_SECONDS = 10.0


class Tail:
    """Reads the log while anybody listens."""

    def __init__(self, db: Database, hub: Hub) -> None:
        self._db = db
        self._hub = hub
        self._position: int | None = None
        self._following = asyncio.Event()
        self._nudged = asyncio.Event()
        # After a failure it goes on from where it stood.
        self.loop = Loop("log_tail", self._step)

    def nudge(self) -> None:
        """Say that the log has grown."""
        self._nudged.set()

    async def following(self) -> None:
        """Wait until events that are relayed from now on will be delivered.

        Raises:
            Refusal: `unavailable` when the log cannot be read.
        """
        try:
            async with asyncio.timeout(FOLLOWING_SECONDS):
                await self._following.wait()
        except TimeoutError:
            raise unavailable("Live updates are not available. Please try again.") from None

    async def _step(self) -> None:
        if not self._hub.occupied.is_set():
            self._following.clear()
            self._position = None
            if not await is_set_within(self._hub.occupied, NOBODY_SECONDS):
                return
        if self._position is None:
            self._position = await self._db.run(store.last_event_id)
            self._following.set()
        position = self._position
        self._nudged.clear()
        rows = await self._db.run(
            lambda connection: store.events_after(connection, position, BATCH_ROWS)
        )
        for row in rows:
            await self._hub.deliver(row)
            self._position = row["id"]
        if len(rows) == BATCH_ROWS:
            return
        await is_set_within(self._nudged, POLL_SECONDS)
