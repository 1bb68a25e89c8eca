"""Reads the topics as a member of a group (docs/kafka.md, "Planned once").

Where to read on is kept in PostgreSQL, not in Kafka: it is asked for when Kafka assigns partitions.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from holdfast.events.kafka.client import Ear, configuration
from holdfast.events.kafka.tail import Partition, event_of
from holdfast.events.kafka.topics import ensure_topics, topics_of
from holdfast.kernel.kafka_url import KafkaUrl

READ_MESSAGES = 500
READ_SECONDS = 0.2
ASSIGN_SECONDS = 20.0
# A member that is killed loses its partitions after this.
SESSION_SECONDS = 10.0

Offsets = Callable[[], Awaitable[dict[Partition, int]]]
log = logging.getLogger("holdfast.kafka")


@dataclass(slots=True)
class Read:
    """Some messages, at most READ_MESSAGES: the events' positions, and where to read on."""

    positions: list[int] = field(default_factory=list[int])
    next_offsets: dict[Partition, int] = field(default_factory=dict[Partition, int])

    def parameters(self) -> dict[str, Any]:
        """As statements take it."""
        return {
            "positions": self.positions,
            "topics": [topic for topic, _ in self.next_offsets],
            "partitions": [number for _, number in self.next_offsets],
            "next_offsets": list(self.next_offsets.values()),
        }


class Reader:
    """A member of the group `PREFIX.NAME`. All of Kafka's calls are made in its own thread.

    Args:
        offsets: where to read on; what is not named is read from its beginning.
    """

    def __init__(self, url: KafkaUrl, name: str, offsets: Offsets, fence_seconds: float) -> None:
        self._url = url
        self._group = f"{url.prefix}.{name}"
        self._offsets = offsets
        self._fence_seconds = fence_seconds
        self._thread = ThreadPoolExecutor(1, f"kafka-{name}")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._consumer: Any = None
        self._ear = Ear()

    async def read(self) -> Read:
        """The next messages; empty after a moment without any.

        Raises:
            KafkaTrouble: Kafka does not answer, or refuses. The next call begins anew.
            Refusal: `unavailable`, of the database.
        """
        self._loop = asyncio.get_running_loop()
        return await self._loop.run_in_executor(self._thread, self._read)

    async def close(self) -> None:
        """Leave the group, so that others get the partitions at once."""
        await asyncio.to_thread(self._thread.submit(self._drop).result)
        self._thread.shutdown()

    def _read(self) -> Read:
        from confluent_kafka import KafkaException

        try:
            if self._consumer is None:
                self._consumer = self._join()
            read = Read()
            # The first one is waited for, and what is there by then comes along.
            first = self._consumer.poll(READ_SECONDS)
            if first is not None:
                more = self._consumer.consume(READ_MESSAGES - 1, 0)
                take(read, [first, *more], self._consider)
            return read
        except KafkaException as error:
            self._drop()
            raise self._ear.trouble(self._url, error.args[0]) from error
        except Exception:
            self._drop()
            raise

    def _join(self) -> Any:
        ensure_topics(self._url, self._fence_seconds)
        self._ear = Ear()
        config = configuration(
            self._url,
            self._ear,
            **{
                "group.id": self._group,
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "earliest",
                "session.timeout.ms": int(SESSION_SECONDS * 1000),
                # Of what waits in memory for us.
                "queued.max.messages.kbytes": 16 * 1024,
            },
        )
        from confluent_kafka import Consumer

        consumer = Consumer(config)
        consumer.subscribe(topics_of(self._url), on_assign=self._assign)
        return consumer

    def _assign(self, consumer: Any, partitions: Sequence[Any]) -> None:
        """Called in our thread, while the loop waits for it."""
        from confluent_kafka import OFFSET_BEGINNING, TopicPartition

        assert self._loop is not None
        asked = asyncio.run_coroutine_threadsafe(_awaited(self._offsets), self._loop)
        known = asked.result(ASSIGN_SECONDS)
        consumer.assign(
            [
                TopicPartition(
                    at.topic, at.partition, known.get((at.topic, at.partition), OFFSET_BEGINNING)
                )
                for at in partitions
            ]
        )
        log.info("%s reads %d partitions", self._group, len(partitions))

    def _consider(self, error: Any) -> None:
        """What a message says that is none: most of it mends itself."""
        from confluent_kafka import KafkaError, KafkaException

        if error.fatal() or error.code() in (
            KafkaError.UNKNOWN_TOPIC_OR_PART,
            KafkaError.TOPIC_AUTHORIZATION_FAILED,
            KafkaError.GROUP_AUTHORIZATION_FAILED,
        ):
            raise KafkaException(error)
        log.warning("%s: %s", self._group, error.str())

    def _drop(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            consumer.close()


def take(read: Read, messages: Sequence[Any], on_error: Callable[[Any], None]) -> None:
    """Add messages to what was read."""
    for message in messages:
        error = message.error()
        if error is not None:
            on_error(error)
            continue
        event = event_of(message.value())
        if event is not None:  # somebody else's message is passed over
            read.positions.append(event[0])
        read.next_offsets[message.topic(), message.partition()] = message.offset() + 1


async def _awaited(offsets: Offsets) -> dict[Partition, int]:
    return await offsets()
