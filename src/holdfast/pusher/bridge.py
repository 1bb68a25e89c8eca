"""Follows the log and sends it on: at least once, in order, one process at a time (SPEC §5, §6)."""

import asyncio
import logging

from holdfast.events import store as log_store
from holdfast.kernel import metrics
from holdfast.kernel.db import Database
from holdfast.kernel.ids import new_id
from holdfast.kernel.loops import Loop
from holdfast.pusher import store
from holdfast.pusher.service import BATCH_EVENTS, Service

# Longer than two requests may take: while a sender works, nobody else begins.
LEASE_SECONDS = 15.0
ROWS = 100
POLL_SECONDS = 0.05
STANDBY_SECONDS = 2.0
FIRST_RETRY_SECONDS = 0.5
LONGEST_RETRY_SECONDS = 30.0
# A pass may rest for the longest retry, and sends its rows in several requests.
STUCK_SECONDS = 120.0

log = logging.getLogger("holdfast.pusher")


class Bridge:
    """Any number of processes may run it; the lease lets one send at a time.

    The position moves on after a batch was accepted. A sender that dies in between is followed by
    one that sends that batch again; receivers tell by `sequence`.
    """

    def __init__(self, db: Database, service: Service) -> None:
        self._db = db
        self._service = service
        self._sender = new_id()
        self._retry_seconds = FIRST_RETRY_SECONDS
        self.loop = Loop("pusher_bridge", self._step, stuck_seconds=STUCK_SECONDS)

    async def _step(self) -> None:
        position = await self._db.run(lambda c: store.lease(c, self._sender, LEASE_SECONDS))
        if position is None:
            await asyncio.sleep(STANDBY_SECONDS)
            return
        rows = await self._db.run(lambda c: log_store.events_after(c, position, ROWS))
        if not rows:
            await asyncio.sleep(POLL_SECONDS)
        for first in range(0, len(rows), BATCH_EVENTS):
            batch = rows[first : first + BATCH_EVENTS]
            try:
                refused = await asyncio.to_thread(self._service.send, batch)
            except Exception as error:
                metrics.PUSHER_EVENTS.labels("failed").inc(len(batch))
                log.warning("the Pusher service does not take events: %r", error)
                await asyncio.sleep(self._retry_seconds)
                self._retry_seconds = min(2 * self._retry_seconds, LONGEST_RETRY_SECONDS)
                return
            self._retry_seconds = FIRST_RETRY_SECONDS
            metrics.PUSHER_EVENTS.labels("sent").inc(len(batch) - refused)
            metrics.PUSHER_EVENTS.labels("refused").inc(refused)
            last_id: int = batch[-1]["id"]
            if not await self._db.run(
                lambda c, last=last_id: store.advance(c, self._sender, last, LEASE_SECONDS)
            ):
                return
