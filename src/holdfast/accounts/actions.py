"""The user-action log: gathered in memory, written in batches, so that no request waits for it."""

import asyncio
import logging
from collections import deque
from uuid import UUID

from holdfast.accounts import store
from holdfast.accounts.store import Action
from holdfast.kernel.db import Database
from holdfast.kernel.errors import Refusal
from holdfast.kernel.ids import new_id
from holdfast.kernel.loops import Loop, is_set_within

INTERVAL_SECONDS = 0.1
NOTHING_SECONDS = 10.0
BATCH_SIZE = 500
CAPACITY = 20_000

log = logging.getLogger("holdfast.actions")


class ActionLog:
    """A buffer in front of `user_actions`.

    An entry reaches the database within about `INTERVAL_SECONDS`. While the database is away, up
    to `capacity` entries wait for it; further ones are dropped and counted.
    """

    def __init__(self, db: Database, capacity: int = CAPACITY) -> None:
        self._db = db
        self._capacity = capacity
        self._waiting: deque[Action] = deque()
        self._some = asyncio.Event()
        self._writing = asyncio.Lock()
        self._dropped = 0
        self._last_id = new_id()
        self.loop = Loop("user_actions", self._step)

    def next_id(self) -> UUID:
        """An id after the one before, so that entries of one millisecond stay in order, too."""
        self._last_id = max(new_id(), UUID(int=self._last_id.int + 1))
        return self._last_id

    def note(self, action: Action) -> None:
        """Take an entry; returns at once."""
        if len(self._waiting) >= self._capacity:
            self._dropped += 1
            return
        self._waiting.append(action)
        self._some.set()

    async def flush(self) -> None:
        """Write what was noted before this call.

        Raises:
            Refusal: `unavailable`; what was not written stays in the buffer.
        """
        async with self._writing:
            left = len(self._waiting)
            while left > 0:
                batch = [self._waiting.popleft() for _ in range(min(left, BATCH_SIZE))]
                left -= len(batch)
                await self._write(batch)

    async def _step(self) -> None:
        """Write entries as they come: one pass."""
        if not await is_set_within(self._some, NOTHING_SECONDS):
            return
        await asyncio.sleep(INTERVAL_SECONDS)
        self._some.clear()
        try:
            await self.flush()
        finally:
            if self._waiting:
                self._some.set()
            if self._dropped:
                log.error("%d user actions were lost: too many at once", self._dropped)
                self._dropped = 0

    async def _write(self, batch: list[Action]) -> None:
        try:
            await self._db.run(lambda connection: store.add_actions(connection, batch))
        except (Refusal, asyncio.CancelledError):
            self._waiting.extendleft(reversed(batch))
            raise
        except Exception:
            # A bug: trying the same batch again would only keep all others from being written.
            log.exception("%d user actions could not be written", len(batch))
