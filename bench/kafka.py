"""The log to a real Apache Kafka: events a second, in order, each once.

Needs Java and the programs that tools/ensure-kafka fetches, or HOLDFAST_TEST_KAFKA=host:port. The
database, the broker and the publisher share the machine.
"""

import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from confluent_kafka import Consumer, TopicPartition
from psycopg import Connection
from tests.support.documents import ROOT
from tests.support.kafka_broker import Broker
from tests.support.server import free_port

from bench import report
from bench.context import Bench
from bench.found import Found, Row
from holdfast.events.kafka.client import KafkaTrouble, ask
from holdfast.events.kafka.publisher import Publisher
from holdfast.events.kafka.topics import topics_of
from holdfast.kernel.db import Database
from holdfast.kernel.ids import new_id
from holdfast.kernel.kafka_url import KafkaUrl, parse_kafka_url

DATABASE = "kafka"
EVENTS = 30_000
KEYS = 1_000
AIM = 4_000.0
START_SECONDS = 60.0


def run(bench: Bench) -> Found:
    """Events published a second; the topics are read afterwards and must be in order."""
    url = bench.stack.create_database(DATABASE, is_migrated=True)
    rates: list[float] = []
    with _kafka() as address, bench.stack.superuser(DATABASE) as connection:
        for _ in range(bench.rounds):
            topics = KafkaUrl(address.servers, prefix=f"bench{new_id().hex[-8:]}")
            _fill(connection)
            rates.append(asyncio.run(_publish(url, topics, connection)))
            _check(topics)
    report.console.print(f"  {max(rates):,.0f} events published a second, in order, each once")
    return Found(
        rows=[
            Row(
                name="events published to Kafka a second, order kept",
                against="aim",
                values=tuple(rate / AIM for rate in rates),
                aim=1.0,
            )
        ],
        series={"published": rates},
    )


@contextmanager
def _kafka() -> Iterator[KafkaUrl]:
    if named := os.environ.get("HOLDFAST_TEST_KAFKA"):
        yield parse_kafka_url(named)
        return
    subprocess.run([ROOT / "tools/ensure-kafka"], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-kafka-") as folder:
        broker = Broker(Path(folder), free_port())
        broker.start()
        try:
            address = parse_kafka_url(broker.address)
            _wait_for(address)
            yield address
        finally:
            broker.kill()


def _wait_for(address: KafkaUrl) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            ask(address)
        except KafkaTrouble:
            if time.monotonic() > until:
                raise
        else:
            return


def _fill(connection: Connection[Any]) -> None:
    """Events of so many keys, as triggers would write them, with their positions."""
    connection.execute(
        "TRUNCATE outbox; "
        "UPDATE consumers SET position = (SELECT position FROM relay); "
        "INSERT INTO outbox (position, topic, key, type, payload) "
        "SELECT r.position + n, 'bookings', k.id, 'booking.updated', jsonb_build_object("
        "'appointmentId', k.id, 'version', n, 'userId', k.id, 'providerId', k.id, 'updates', "
        "jsonb_build_object('status', 'confirmed', 'version', n, 'start', now(), 'end', now(), "
        "'providerName', 'Dr. Kim Weber', 'serviceTitle', 'First visit', 'priceCents', 5000)) "
        f"FROM relay AS r, generate_series(1, {EVENTS}) AS n "
        f"JOIN (SELECT m, gen_random_uuid() AS id FROM generate_series(0, {KEYS - 1}) AS m) AS k "
        f"ON k.m = n % {KEYS}; "
        "UPDATE relay SET position = (SELECT max(position) FROM outbox); ANALYZE outbox".encode()
    )


async def _publish(url: str, topics: KafkaUrl, connection: Connection[Any]) -> float:
    db = Database(url, max_size=2)
    await db.open()
    try:
        async with Publisher(db, topics, "https://bench.example").running():
            # The start, with topics to be made, is not what is measured.
            first = left = _left(connection)
            while left == first:
                await asyncio.sleep(0.002)
                left = _left(connection)
            began, ahead = time.perf_counter(), left
            while left:
                await asyncio.sleep(0.005)
                left = _left(connection)
            return ahead / (time.perf_counter() - began)
    finally:
        await db.close()


def _left(connection: Connection[Any]) -> int:
    row = connection.execute(
        "SELECT r.position - c.position FROM relay AS r, consumers AS c WHERE c.name = 'kafka'"
    ).fetchone()
    assert row is not None
    return row[0]


def _check(topics: KafkaUrl) -> None:
    """Each event is there once, and none after a newer one of its partition."""
    reader = Consumer({"bootstrap.servers": str(topics), "group.id": topics.prefix})
    try:
        seen: dict[tuple[str, int], list[int]] = {}
        for topic in topics_of(topics):
            for number in reader.list_topics(topic, timeout=10).topics[topic].partitions:
                seen[topic, number] = []
        reader.assign([TopicPartition(*at, 0) for at in seen])
        for _ in range(EVENTS):
            message = reader.poll(10)
            assert message is not None, "events are missing"
            assert message.error() is None, message.error()
            position = int(orjson.loads(message.value() or b"")["id"])
            seen[str(message.topic()), message.partition() or 0].append(position)
        assert reader.poll(0.2) is None, "events came twice"
    finally:
        reader.close()
    assert all(ids == sorted(set(ids)) for ids in seen.values()), "order was not kept"
