"""Follows the log of events and hands each to the hub; every process follows it by itself, so that
several are right without anything between them but PostgreSQL."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import psycopg

from holdfast.events import store
from holdfast.kernel.db import Database, Row
from holdfast.kernel.errors import Refusal
from holdfast.realtime.hub import Hub

BATCH_ROWS = 500
POLL_SECONDS = 0.02
FAILED_SECONDS = 0.5

log = logging.getLogger("holdfast.realtime")


class Tail:
    """Reads the log while anybody listens."""

    def __init__(
        self, db: Database, hub: Hub, after_delivery: Callable[[Row], Awaitable[None]]
    ) -> None:
        self._db = db
        self._hub = hub
        self._after_delivery = after_delivery
        self._position: int | None = None
        self._following = asyncio.Event()

    async def following(self) -> None:
        """Wait until events committed from now on will be delivered."""
        await self._following.wait()

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                await self._step()
            except (Refusal, psycopg.Error) as error:
                # The position stays, so that nothing is missed once the database is back.
                log.warning("the log cannot be read: %s", error)
                await asyncio.sleep(FAILED_SECONDS)

    async def _step(self) -> None:
        if not self._hub.occupied.is_set():
            self._following.clear()
            self._position = None
            await self._hub.occupied.wait()
        if self._position is None:
            self._position = await self._db.run(store.last_event_id)
            self._following.set()
        position = self._position
        rows = await self._db.run(
            lambda connection: store.events_after(connection, position, BATCH_ROWS)
        )
        for row in rows:
            await self._hub.deliver(row)
            await self._after_delivery(row)
            self._position = row["id"]
        if len(rows) < BATCH_ROWS:
            await asyncio.sleep(POLL_SECONDS)
