"""Planning from Kafka: the same functions as from the log, of what a group is given
(docs/kafka.md, "Planned once").
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from holdfast.deliveries.statements import QUERIES
from holdfast.events.kafka.client import KafkaTrouble
from holdfast.events.kafka.publisher import Timing
from holdfast.events.kafka.reader import Read, Reader
from holdfast.events.kafka.tail import Partition
from holdfast.kernel.db import Database, fetch_all, fetch_one
from holdfast.kernel.kafka_url import KafkaUrl

# What Kafka was given and does not bring for so long is planned from the log.
MENDING_SECONDS = 60.0
TROUBLE_SECONDS = 1.0

log = logging.getLogger("holdfast.kafka")


class FromKafka:
    """One consumer's planning.

    Args:
        consumer: as in `consumers`; its group is `PREFIX.CONSUMER`.
        plan: plans what was read, in one transaction.
        plan_from_log: one pass on the log.
    """

    def __init__(
        self,
        db: Database,
        url: KafkaUrl,
        consumer: str,
        plan: Callable[[Read], Awaitable[None]],
        plan_from_log: Callable[[], Awaitable[int]],
    ) -> None:
        self._db = db
        self.consumer = consumer
        self._plan = plan
        self._plan_from_log = plan_from_log
        self._reader = Reader(url, consumer, self._offsets, Timing().fence)
        self._unplanned: Read | None = None
        self._told: str | None = None
        self._stood_at: int | None = None
        self._stood_since = time.monotonic()

    async def step(self) -> None:
        """Plan what comes next.

        Raises:
            Refusal: `unavailable`; what was read is planned by the next step.
        """
        if self._unplanned is None:
            try:
                self._unplanned = await self._reader.read()
            except KafkaTrouble as trouble:
                self._tell(str(trouble))
                await asyncio.sleep(TROUBLE_SECONDS)
                self._unplanned = Read()
            else:
                self._told = None
        if self._unplanned.next_offsets:
            await self._plan(self._unplanned)
        else:
            await self._mend()
        self._unplanned = None

    async def close(self) -> None:
        await self._reader.close()

    async def _offsets(self) -> dict[Partition, int]:
        parameters = {"consumer": self.consumer}
        rows = await self._db.run(lambda c: fetch_all(c, QUERIES.offsets, parameters))
        return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    async def _mend(self) -> None:
        """Plan from the log what Kafka was given and lost. What it brings later all the same is
        planned already."""
        if time.monotonic() - self._stood_since < MENDING_SECONDS:
            return
        position, published = await self._positions()
        if position == self._stood_at and position < published:
            log.warning(
                "%s: Kafka did not bring event %d: planned from the log",
                self.consumer,
                position + 1,
            )
            await self._plan_from_log()
            # There may be more of the kind: the next step goes on.
            position, _ = await self._positions()
        else:
            self._stood_since = time.monotonic()
        self._stood_at = position

    async def _positions(self) -> tuple[int, int]:
        """How far this consumer is, and up to where Kafka was given the log."""
        parameters = {"consumer": self.consumer}
        row = await self._db.run(lambda c: fetch_one(c, QUERIES.consumer_positions, parameters))
        assert row is not None
        return row["position"] or 0, row["published"] or 0

    def _tell(self, trouble: str) -> None:
        if trouble != self._told:
            log.error("%s (HOLDFAST_KAFKA_URL); %s waits", trouble, self.consumer)
        self._told = trouble
