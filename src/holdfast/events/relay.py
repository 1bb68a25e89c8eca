"""The relay's loop: puts committed events on their channels (SPEC §5, §6).

Any number of processes may run it; the lease in the database lets one do the work at a time.
"""

import asyncio
import logging

import psycopg

from holdfast.events import store
from holdfast.kernel.db import Database
from holdfast.kernel.errors import Refusal

PASS_ROWS = 500
# Timeslot updates are gathered for this long, and merged (SPEC §5).
FLUSH_MILLISECONDS = 100
BUSY_SECONDS = 0.015
IDLE_SECONDS = 0.1
FAILED_SECONDS = 1.0

log = logging.getLogger("holdfast.events")


class Relay:
    """Polling guarantees that every event is relayed; a nudge only makes it sooner."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._nudged = asyncio.Event()

    def nudge(self) -> None:
        """Say that something has just been committed."""
        self._nudged.set()

    async def run(self) -> None:
        """Relay until cancelled."""
        while True:
            try:
                relayed = await self._pass()
                pause = BUSY_SECONDS if relayed or self._nudged.is_set() else IDLE_SECONDS
            except (Refusal, psycopg.Error) as error:
                log.warning("the relay waits: %s", error)
                pause = FAILED_SECONDS
            await self._wait(pause)

    async def _pass(self) -> int:
        relayed = await self._db.run(
            lambda connection: store.relay(
                connection, limit=PASS_ROWS, flush_milliseconds=FLUSH_MILLISECONDS
            )
        )
        return relayed or 0

    async def _wait(self, seconds: float) -> None:
        if self._nudged.is_set():
            # Let a burst gather for a moment instead of one pass for each change.
            self._nudged.clear()
            await asyncio.sleep(BUSY_SECONDS)
            return
        try:
            async with asyncio.timeout(seconds):
                await self._nudged.wait()
        except TimeoutError:
            return
