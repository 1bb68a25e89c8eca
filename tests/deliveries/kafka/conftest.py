"""A log with events of several keys, and workers as processes that give it to Kafka and plan it."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import orjson
import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from holdfast.deliveries.engine import CONSUMERS
from holdfast.deliveries.statements import QUERIES
from holdfast.events.kafka.topics import topics_of
from holdfast.kernel.ids import new_id
from holdfast.kernel.kafka_url import KafkaUrl
from tests.deliveries.drive import Drive
from tests.embedded.support import wait_until
from tests.support.cluster import TestDatabase
from tests.support.documents import ROOT
from tests.support.kafka import as_text
from tests.support.make import Make

KEYS = 20


class Journal:
    """A log that is filled on demand, and what became of it."""

    def __init__(self, drive: Drive, database: TestDatabase, url: KafkaUrl) -> None:
        self.drive = drive
        self.make: Make = drive.make
        self.database = database
        self.url = url
        self.keys: Sequence[UUID] = [new_id() for _ in range(KEYS)]
        self.endpoint = drive.endpoint("booking.*", "lock.*", "timeslot.updated")
        drive.relay()
        self.make.db.execute(QUERIES.begin_on_bus, {"kind": "kafka", "consumers": list(CONSUMERS)})
        self.first = self.position("relay")

    def fill(self, count: int) -> None:
        """So many more events, of all keys in turns."""
        self.make.db.execute(
            "INSERT INTO outbox (topic, key, type, payload) "
            "SELECT CASE n %% 5 WHEN 0 THEN 'locks' ELSE 'bookings' END, "
            "(%(keys)s::uuid[])[1 + n %% %(many)s], "
            "CASE n %% 5 WHEN 0 THEN 'lock-update' ELSE 'booking.updated' END, "
            "CASE n %% 5 WHEN 0 THEN '{}' ELSE '{\"updates\": {\"version\": 7}}' END::jsonb "
            "FROM generate_series(1, %(count)s) AS n",
            {"keys": list(self.keys), "many": KEYS, "count": count},
        )
        self.drive.relay()

    def positions(self) -> list[int]:
        """Of all events since the beginning."""
        rows = self.make.all(
            "SELECT position FROM outbox WHERE position > %s ORDER BY position", self.first
        )
        return [row["position"] for row in rows]

    def position(self, consumer: str) -> int:
        if consumer == "relay":
            return self.make.one("SELECT position FROM relay")["position"]
        return self.make.one("SELECT position FROM consumers WHERE name = %s", consumer)["position"]

    def wait_published(self, seconds: float = 60) -> None:
        wait_until(
            lambda: self.position("kafka") == self.position("relay"), "all is published", seconds
        )

    def wait_planned(self, seconds: float = 60) -> None:
        def lag() -> int:
            return self.position("relay") - min(self.position(name) for name in CONSUMERS)

        wait_until(lambda: lag() == 0, "all is planned", seconds)

    @contextmanager
    def worker(
        self, parts: str, *, mending_seconds: float = 60
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A worker process, killed at the block's end."""
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.deliveries.kafka.worker"),
                *(self.database.server_url, as_text(self.url), parts, str(mending_seconds)),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield process
        finally:
            process.kill()
            process.communicate()

    def check_topics(self, *, may_repeat: bool = False) -> list[dict[str, Any]]:
        """Every event is there, and none comes after a newer one of its partition."""
        seen: list[dict[str, Any]] = []
        for at, events in messages(self.url).items():
            ids = [int(event["id"]) for event in events]
            if not may_repeat:
                assert ids == sorted(set(ids)), at
            firsts = list(dict.fromkeys(ids))
            assert firsts == sorted(firsts), at
            seen += events
        assert {int(event["id"]) for event in seen} == set(self.positions())
        return seen

    def check_plans(self) -> None:
        """Every event is one delivery to the endpoint, in the order of each key and kind."""
        rows = self.drive.deliveries(channel="webhook")
        assert sorted(row["position"] for row in rows) == self.positions()
        of_key: dict[Any, list[int]] = {}
        for row in rows:  # in the order of their numbers
            kind = row["event_type"].partition(".")[0]
            of_key.setdefault((row["appointment_id"], kind), []).append(row["position"])
        assert all(positions == sorted(positions) for positions in of_key.values())
        assert self.make.all("SELECT * FROM planned_ahead") == []
        assert self.make.one("SELECT sum(gaps) AS n FROM consumers")["n"] == 0


def messages(url: KafkaUrl) -> dict[tuple[str, int], list[dict[str, Any]]]:
    """All that is in the topics, by partition."""
    reader = Consumer(
        {
            "bootstrap.servers": str(url),
            "group.id": f"{url.prefix}.test",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
        }
    )
    try:
        found: dict[tuple[str, int], list[dict[str, Any]]] = {}
        left = 0
        for topic in topics_of(url):
            for number in reader.list_topics(topic, timeout=10).topics[topic].partitions:
                low, high = reader.get_watermark_offsets(TopicPartition(topic, number), timeout=10)
                left += high - low
                found[topic, number] = []
        reader.assign([TopicPartition(*at, 0) for at in found])
        while left > 0:
            for message in reader.consume(min(left, 500), 10):
                assert message.error() is None, message.error()
                event = orjson.loads(message.value() or b"")
                assert message.key() == event["partitionkey"].encode()
                found[str(message.topic()), message.partition() or 0].append(event)
                left -= 1
        return found
    finally:
        reader.close()


def lose_messages(url: KafkaUrl) -> None:
    """Remove all that the topics have, as a retention that is too short does."""
    kafka = AdminClient({"bootstrap.servers": str(url)})
    reader = Consumer({"bootstrap.servers": str(url), "group.id": f"{url.prefix}.test"})
    try:
        ends: list[TopicPartition] = []
        for topic in topics_of(url):
            for number in kafka.list_topics(topic, timeout=10).topics[topic].partitions:
                at = TopicPartition(topic, number)
                at.offset = reader.get_watermark_offsets(at, timeout=10)[1]
                ends.append(at)
        for removed in kafka.delete_records(ends).values():
            removed.result(10)
    finally:
        reader.close()


@pytest.fixture
def journal(drive: Drive, database: TestDatabase, kafka_url: KafkaUrl) -> Journal:
    return Journal(drive, database, kafka_url)
