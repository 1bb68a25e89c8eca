"""Gives the log to Kafka, in its order, one publisher at a time (docs/kafka.md)."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from holdfast.events.cloudevents import data_of, event_body
from holdfast.events.kafka.client import KafkaTrouble
from holdfast.events.kafka.producer import BATCH_EVENTS, Producer
from holdfast.events.kafka.tail import Event, published_after
from holdfast.events.kafka.topics import ensure_topics, topic_of
from holdfast.http.wire import wire_time
from holdfast.kernel.db import Connection, Database, Row, fetch_all, fetch_one
from holdfast.kernel.errors import Refusal
from holdfast.kernel.ids import new_id
from holdfast.kernel.kafka_url import KafkaUrl
from holdfast.kernel.loops import Loop, running
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.events.kafka")
IDLE_SECONDS = 0.1
OTHERS_SECONDS = 1.0
TROUBLE_SECONDS = 1.0

T = TypeVar("T")
log = logging.getLogger("holdfast.kafka")


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things take at most, in seconds. Each is less than the next.

    flush: until all of a batch is acknowledged. fence: until the broker refuses what is stamped
    with the batch's time. quiet: until nothing of a batch that failed can come in any more, by
    clocks that differ by the difference. lease: for which the lease is given.
    """

    flush: float = 8.0
    fence: float = 15.0
    quiet: float = 20.0
    lease: float = 30.0


class Publisher:
    """Any number of processes may run one on the same database: one of them publishes.

    Args:
        source: where this server is reached.
    """

    def __init__(
        self, db: Database, url: KafkaUrl, source: str, timing: Timing | None = None
    ) -> None:
        self._db = db
        self._url = url
        self._source = source
        self._timing = timing or Timing()
        self._name = new_id()
        self._producer: Producer | None = None
        # Events after the position that Kafka has got already.
        self._there: set[Event] = set()
        self._told: str | None = None
        self._thread = ThreadPoolExecutor(1, "kafka-publisher")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Publish as long as the block lasts."""
        try:
            async with running(Loop("kafka_publisher", self._step)):
                yield
        finally:
            await self._close()

    async def _step(self) -> None:
        stamped_at, rows = await self._db.run(self._look)
        began = time.monotonic()
        if stamped_at is None:
            await self._drop()
            await asyncio.sleep(OTHERS_SECONDS)
        elif not rows:
            await asyncio.sleep(IDLE_SECONDS)
        else:
            try:
                if self._producer is None:
                    await self._begin()  # takes a moment: the lease is looked at again
                else:
                    await self._publish(self._producer, stamped_at, rows)
            except KafkaTrouble as trouble:
                self._tell(str(trouble))
                was_sending = self._producer is not None
                await self._drop()
                # Nothing more is written until nothing of this batch can come in any more.
                rest = began + self._timing.quiet - time.monotonic() if was_sending else 0
                await asyncio.sleep(max(rest, TROUBLE_SECONDS))

    async def _look(self, connection: Connection) -> tuple[datetime | None, list[Row]]:
        parameters = {
            "publisher": self._name,
            "seconds": self._timing.lease,
            "left_seconds": self._timing.quiet,
        }
        held = await fetch_one(connection, QUERIES.hold, parameters)
        assert held is not None
        if held["stamped_at"] is None:
            return None, []
        rows = await fetch_all(connection, QUERIES.next_events, {"limit": BATCH_EVENTS})
        return held["stamped_at"], rows

    async def _begin(self) -> None:
        """Connect, and look what Kafka has got already."""
        row = await self._db.run(lambda c: fetch_one(c, QUERIES.position))
        assert row is not None
        url, timing, position = self._url, self._timing, row["position"]

        def begin() -> tuple[Producer, set[Event]]:
            ensure_topics(url, timing.fence)
            # Of a batch that failed, the next one may have had more events.
            return Producer(url, timing.lease), published_after(url, position, 2 * BATCH_EVENTS)

        self._producer, self._there = await self._in_thread(begin)
        self._tell(None)

    async def _publish(self, producer: Producer, stamped_at: datetime, rows: Sequence[Row]) -> None:
        stamp = int(stamped_at.timestamp() * 1000)
        new = [row for row in rows if identity(row) not in self._there] if self._there else rows

        def send() -> None:
            messages = [
                (topic_of(self._url, row["topic"]), str(row["key"]), self._body(row)) for row in new
            ]
            producer.send(messages, stamp, self._timing.flush)

        await self._in_thread(send)
        last = rows[-1]["position"]
        parameters = {"publisher": self._name, "position": last, "events": len(rows)}
        try:
            row = await self._db.run(lambda c: fetch_one(c, QUERIES.advance, parameters))
        except Refusal:
            self._there |= {identity(row) for row in new}  # not to be sent twice
            raise
        assert row is not None
        self._there = {event for event in self._there if event[0] > last}
        if not row["is_mine"]:
            await self._drop()

    def _body(self, row: Row) -> bytes:
        return event_body(
            source=self._source,
            position=row["position"],
            type=row["type"],
            topic=row["topic"],
            key=row["key"],
            at=row["at"],
            data=data_of(row["topic"], row["payload"], row["timezone"]),
        )

    def _tell(self, trouble: str | None) -> None:
        """Say once what is wrong, and once that it is over."""
        if trouble and trouble != self._told:
            log.error("%s (HOLDFAST_KAFKA_URL); events wait in the log", trouble)
        elif self._told and not trouble:
            log.info("Kafka at %s answers again", self._url)
        self._told = trouble

    async def _drop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await self._in_thread(producer.close)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    async def _close(self) -> None:
        """Wait for what is being sent; then another one may begin, unless something is in doubt."""
        producer = self._producer
        await asyncio.to_thread(self._thread.shutdown)
        if producer is not None and not producer.is_in_doubt:
            # Without the database the lease ends by itself.
            with suppress(Refusal):
                await self._db.run(lambda c: c.execute(QUERIES.give_up, {"publisher": self._name}))


def identity(row: Row) -> Event:
    """An event of the log as the tail of a topic shows it."""
    return row["position"], str(row["key"]), wire_time(row["at"])
