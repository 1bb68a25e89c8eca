"""The relay's loop: puts committed events on their channels (SPEC §5, §6).

Any number of processes may run it; the lease in the database lets one do the work at a time.
"""

import asyncio
from collections.abc import Callable

from holdfast.events import store
from holdfast.kernel.db import Database
from holdfast.kernel.loops import Loop, is_set_within

PASS_ROWS = 500
# Timeslot updates are gathered for this long, and merged (SPEC §5).
FLUSH_MILLISECONDS = 100
BUSY_SECONDS = 0.015
IDLE_SECONDS = 0.1


class Relay:
    """Polling guarantees that every event is relayed; a nudge only makes it sooner.

    on_relayed: called after each pass that put something on a channel.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self.on_relayed: Callable[[], None] = lambda: None
        self._nudged = asyncio.Event()
        self.loop = Loop("relay", self._step)

    def nudge(self) -> None:
        """Say that something has just been committed."""
        self._nudged.set()

    async def _step(self) -> None:
        self._nudged.clear()
        relayed = await self._db.run(
            lambda connection: store.relay(
                connection, limit=PASS_ROWS, flush_milliseconds=FLUSH_MILLISECONDS
            )
        )
        if relayed:
            self.on_relayed()
        if relayed == PASS_ROWS:
            return
        # However many changes there are, one pass in this time: a burst goes out together.
        await asyncio.sleep(BUSY_SECONDS)
        if relayed is None:
            return  # the other one may have begun before what we were told of was committed
        await is_set_within(self._nudged, IDLE_SECONDS)
