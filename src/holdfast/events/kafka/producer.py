"""librdkafka's producer, used so that it leaves no gap (docs/kafka.md)."""

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from holdfast.events.cloudevents import CONTENT_TYPE
from holdfast.events.kafka.client import Ear, configuration
from holdfast.kernel.kafka_url import KafkaUrl

BATCH_EVENTS = 1000
HEADERS = [("content-type", f"{CONTENT_TYPE}; charset=utf-8".encode())]


class Producer:
    """One life of librdkafka's producer. It ends with its first failure: a producer that goes on
    after one could leave a gap. Blocks.

    Args:
        timeout_seconds: after which a process that slept does not send what it had; longer than a
            batch may take, which ends as a whole: messages that time out one by one leave gaps.
    """

    def __init__(self, url: KafkaUrl, timeout_seconds: float) -> None:
        self._url = url
        self._ear = Ear()
        self.is_in_doubt = False
        config = configuration(
            url,
            self._ear,
            **{
                "enable.idempotence": True,
                "acks": "all",
                # What fails stops all that comes after it.
                "enable.gapless.guarantee": True,
                "message.timeout.ms": round(timeout_seconds * 1000),
                # As Java's clients do, so that they can tell where a key is.
                "partitioner": "murmur2_random",
                "linger.ms": 5,
                "compression.type": "lz4",
                "queue.buffering.max.messages": 10 * BATCH_EVENTS,
            },
        )
        from confluent_kafka import Producer as Client

        self._client: Any = Client(config)

    def send(self, messages: Sequence[tuple[str, str, bytes]], stamp: int, seconds: float) -> None:
        """Send a batch of (topic, key, body) and wait until all copies have it.

        Args:
            stamp: milliseconds, of all of them.
        Raises:
            KafkaTrouble: not all were acknowledged in time; how many are there is not known.
        """
        from confluent_kafka import KafkaException

        failures: list[str] = []

        def on_delivery(error: Any, _: Any) -> None:
            if error is not None:
                failures.append(error.str())

        self.is_in_doubt = bool(messages)
        until = time.monotonic() + seconds
        left = len(messages)
        try:
            for topic, key, body in messages:
                self._client.produce(
                    topic, body, key, on_delivery=on_delivery, timestamp=stamp, headers=HEADERS
                )
            left = self._client.flush(max(0.0, until - time.monotonic()))
        except (KafkaException, BufferError) as error:
            failures.insert(0, str(error))
        except SystemError:
            # The binding of 2.16 calls back while its own exception of a fatal error is set.
            failures.append("a fatal error of the producer")
        if left or failures:
            self._purge()
            said = failures[0] if failures else f"{left} of {len(messages)} not acknowledged"
            raise self._ear.trouble(self._url, said)
        self.is_in_doubt = False

    def _purge(self) -> None:
        """Throw away what waits in memory."""
        from confluent_kafka import KafkaException

        with suppress(KafkaException, SystemError):
            self._client.purge()
            self._client.flush(0)

    def close(self) -> None:
        """End librdkafka's threads, which may take a moment."""
        self._client = None
