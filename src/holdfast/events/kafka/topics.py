"""The topics that the log goes to, and making them."""

import logging
from typing import Any

from holdfast.events.kafka.client import ASK_SECONDS, Ear, KafkaTrouble, configuration
from holdfast.kernel.kafka_url import KafkaUrl

KINDS = ("bookings", "availability", "locks")
PARTITIONS = 6
# The broker refuses what was stamped earlier than this before it comes in: the publisher's fence
# (docs/kafka.md). Kafka knows it since 3.6.
FENCE = "message.timestamp.before.max.ms"

log = logging.getLogger("holdfast.kafka")


def topic_of(url: KafkaUrl, kind: str) -> str:
    """The topic of a kind of events, as the outbox names kinds."""
    return f"{url.prefix}.{kind}"


def topics_of(url: KafkaUrl) -> list[str]:
    return [topic_of(url, kind) for kind in KINDS]


def ensure_topics(url: KafkaUrl, fence_seconds: float) -> None:
    """Make the topics that are missing, each with six partitions and as many copies as the
    broker's default says. Those that are there are left as they are. Blocks.

    Raises:
        KafkaTrouble: Kafka does not answer, or will not make one.
    """
    ear = Ear()
    config = configuration(url, ear)
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient

    admin = AdminClient(config)
    try:
        there = admin.list_topics(timeout=ASK_SECONDS).topics
    except KafkaException as error:
        admin.poll(0)
        raise ear.trouble(url, error.args[0]) from error
    for topic in topics_of(url):
        if topic not in there:
            _make(admin, url, topic, {FENCE: str(round(fence_seconds * 1000))})


def _make(admin: Any, url: KafkaUrl, topic: str, config: dict[str, str]) -> None:
    from confluent_kafka import KafkaError, KafkaException
    from confluent_kafka.cimpl import NewTopic

    new = NewTopic(topic, num_partitions=PARTITIONS, replication_factor=-1, config=config)
    made = admin.create_topics([new], request_timeout=ASK_SECONDS)
    try:
        made[topic].result()
    except KafkaException as error:
        said = error.args[0]
        if said.code() == KafkaError.TOPIC_ALREADY_EXISTS:
            return  # another process made it meanwhile
        if said.code() == KafkaError.INVALID_CONFIG and config:
            log.warning("Kafka at %s does not know %s: see docs/kafka.md", url, FENCE)
            _make(admin, url, topic, {})
            return
        raise KafkaTrouble(f"Kafka at {url} does not make {topic}: {said.str()}") from error
    log.info("made the topic %s", topic)
