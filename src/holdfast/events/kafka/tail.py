"""What Kafka has got of the events after a position: what a publisher before this one wrote and had
no time to note."""

import json
import time
from collections.abc import Mapping
from typing import Any

from holdfast.events.kafka.client import ASK_SECONDS, Ear, KafkaTrouble, configuration
from holdfast.events.kafka.topics import topics_of
from holdfast.kernel.kafka_url import KafkaUrl

READ_SECONDS = 20.0
READ_MESSAGES = 500
LOOK_SECONDS = 0.05
SETTLE_SECONDS = 0.1

# An event as it can be told from one of another database with the same position: position, key,
# time.
Event = tuple[int, str, str]
Partition = tuple[str, int]


def published_after(url: KafkaUrl, position: int, limit: int) -> set[Event]:
    """The events after a position that are in the topics. Blocks.

    Each partition is in the log's order, so one whose last event is not after the position has
    none.

    Args:
        limit: how many events after the position there may be at most.
    Raises:
        KafkaTrouble: Kafka does not answer.
    """
    ear = Ear()
    config = configuration(
        url,
        ear,
        **{"group.id": f"{url.prefix}.publisher"},
        **{"enable.auto.commit": False, "enable.partition.eof": True},
        **{"isolation.level": "read_uncommitted"},
    )
    from confluent_kafka import Consumer, KafkaException

    consumer = Consumer(config)
    try:
        bounds = _bounds(consumer, url)
        last = _read(consumer, {at: max(low, high - 1) for at, (low, high) in bounds.items()}, url)
        late = {
            at: max(bounds[at][0], bounds[at][1] - limit)
            for at, events in last.items()
            if any(event[0] > position for event in events)
        }
        found = _read(consumer, late, url)
    except KafkaException as error:
        raise ear.trouble(url, error.args[0]) from error
    finally:
        consumer.close()
    return {event for events in found.values() for event in events if event[0] > position}


def _bounds(consumer: Any, url: KafkaUrl) -> dict[Partition, tuple[int, int]]:
    """The first offset and the one after the last, of each partition that is not empty."""
    from confluent_kafka import TopicPartition

    found: dict[Partition, tuple[int, int]] = {}
    for topic in topics_of(url):
        metadata = consumer.list_topics(topic, timeout=ASK_SECONDS).topics[topic]
        for number in metadata.partitions:
            bounds = _watermarks(consumer, TopicPartition(topic, number))
            if bounds[0] < bounds[1]:
                found[topic, number] = bounds
    return found


def _watermarks(consumer: Any, partition: Any) -> tuple[int, int]:
    """As Kafka says; a topic that was just made has to settle first."""
    from confluent_kafka import KafkaError, KafkaException

    until = time.monotonic() + ASK_SECONDS
    while True:
        try:
            return consumer.get_watermark_offsets(partition, timeout=ASK_SECONDS)
        except KafkaException as error:
            settles = error.args[0].code() in (
                KafkaError.NOT_LEADER_FOR_PARTITION,
                KafkaError.LEADER_NOT_AVAILABLE,
                KafkaError.UNKNOWN_TOPIC_OR_PART,
            )
            if not settles or time.monotonic() > until:
                raise
            time.sleep(SETTLE_SECONDS)


def _read(
    consumer: Any, starts: Mapping[Partition, int], url: KafkaUrl
) -> dict[Partition, list[Event]]:
    """The events of partitions from these offsets to their ends."""
    from confluent_kafka import KafkaError, KafkaException, TopicPartition

    found: dict[Partition, list[Event]] = {at: [] for at in starts}
    if not starts:
        return found
    consumer.assign([TopicPartition(*at, offset) for at, offset in starts.items()])
    unread = set(starts)
    until = time.monotonic() + READ_SECONDS
    while unread:
        if time.monotonic() > until:
            raise KafkaTrouble(f"Kafka at {url} does not bring what its topics end with")
        for message in consumer.consume(READ_MESSAGES, LOOK_SECONDS):
            at = (message.topic(), message.partition())
            error = message.error()
            if error is None:
                event = event_of(message.value())
                if event is not None:
                    found[at].append(event)
            elif error.code() == KafkaError._PARTITION_EOF:
                unread.discard(at)
            else:
                raise KafkaException(error)
    return found


def event_of(value: bytes | None) -> Event | None:
    """What a message says, unless it is none of ours."""
    try:
        body = json.loads(value or b"")
        return int(body["id"]), str(body["partitionkey"]), str(body["time"])
    except (ValueError, KeyError, TypeError):
        return None
