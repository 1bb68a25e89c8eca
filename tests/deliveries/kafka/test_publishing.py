"""The log comes to Kafka once and in its order, whatever happens to who publishes it
(docs/kafka.md)."""

import signal
import time

import pytest

from holdfast.events.kafka.client import KafkaTrouble
from holdfast.events.kafka.producer import Producer
from holdfast.events.kafka.publisher import Publisher
from holdfast.events.kafka.tail import published_after
from holdfast.events.kafka.topics import PARTITIONS, ensure_topics, topics_of
from holdfast.kernel.db import Database
from holdfast.kernel.kafka_url import KafkaUrl
from tests.deliveries.email.mail_server import until
from tests.deliveries.kafka.conftest import Journal, messages
from tests.deliveries.kafka.worker import SOURCE, TIMING
from tests.embedded.support import wait_until
from tests.support.make import Make

pytestmark = pytest.mark.timeout(180)


async def published(journal: Journal, db: Database) -> None:
    async with Publisher(db, journal.url, SOURCE, TIMING).running():
        await until(lambda: journal.position("kafka") == journal.position("relay"))


async def test_a_booking_is_a_cloud_event(journal: Journal, db: Database, make: Make) -> None:
    place, client = make.place(), make.client("Kim Müller")
    appointment = make.appointment(client, place, make.slot(place))
    journal.drive.relay()
    await published(journal, db)
    events = journal.check_topics()
    assert set(messages(journal.url)) == {
        (topic, number) for topic in topics_of(journal.url) for number in range(PARTITIONS)
    }
    [booked] = [event for event in events if event["type"] == "booking.confirmed"]
    assert {**booked, "data": {}, "time": ""} == {
        "specversion": "1.0",
        "id": booked["id"],
        "source": SOURCE,
        "type": "booking.confirmed",
        "subject": f"appointment/{appointment}",
        "time": "",
        "datacontenttype": "application/json",
        "sequence": booked["id"].zfill(20),
        "partitionkey": str(appointment),
        "data": {},
    }
    assert booked["data"]["updates"]["status"] == "confirmed"
    said = str(events)
    assert client.email not in said
    assert "Kim Müller" not in said
    slots = [event for event in events if event["type"] == "timeslot.updated"]
    assert {event["partitionkey"] for event in slots} == {str(place.provider_id)}


async def test_what_the_one_before_wrote_is_not_written_again(
    journal: Journal, db: Database
) -> None:
    """It was killed after Kafka had it and before the position moved on."""
    journal.fill(300)
    await published(journal, db)
    for back in (299, 120, 1):
        journal.make.db.execute(
            "UPDATE consumers SET position = position - %s WHERE name = 'kafka'", [back]
        )
        journal.fill(7)
        await published(journal, db)
    journal.check_topics()


async def test_two_publish_in_turns(journal: Journal, db: Database) -> None:
    one, two = (Publisher(db, journal.url, SOURCE, TIMING) for _ in range(2))
    async with one.running(), two.running():
        for _ in range(10):
            journal.fill(50)
            await until(lambda: journal.position("kafka") == journal.position("relay"))
    journal.check_topics()


def test_killed_in_the_middle_of_a_batch(journal: Journal) -> None:
    journal.fill(20_000)
    for _ in range(2):
        with journal.worker("publish") as doomed:
            before = journal.position("kafka")
            wait_until(lambda b=before: journal.position("kafka") > b + 2500, "it is at work", 60)
            doomed.send_signal(signal.SIGKILL)
    with journal.worker("publish"):
        journal.wait_published()
    journal.check_topics()


def test_one_that_slept_through_its_lease_writes_nothing_more(journal: Journal) -> None:
    """Stopped anywhere in a batch, and woken when another one has gone on from there."""
    for _ in range(2):
        journal.fill(20_000)
        with journal.worker("publish") as sleeper:
            before = journal.position("kafka")
            wait_until(lambda b=before: journal.position("kafka") > b + 2500, "it is at work", 60)
            sleeper.send_signal(signal.SIGSTOP)
            with journal.worker("publish"):
                journal.wait_published()
                sleeper.send_signal(signal.SIGCONT)
                journal.fill(500)
                journal.wait_published()
            sleeper.send_signal(signal.SIGTERM)
            assert sleeper.wait(30) == 0
    journal.check_topics()


def test_the_broker_refuses_what_comes_too_late(
    kafka_url: KafkaUrl, caplog: pytest.LogCaptureFixture
) -> None:
    """The fence behind the lease: without it a message of a sleeper could come in at any time."""
    ensure_topics(kafka_url, 3.0)
    now = int(time.time() * 1000)
    message = (topics_of(kafka_url)[0], "key", b'{"id": 1, "partitionkey": "key", "time": "t"}')
    Producer(kafka_url, 60).send([message], now, 10)
    late = Producer(kafka_url, 60)
    with pytest.raises(KafkaTrouble) as caught:
        late.send([message], now - 10_000, 10)
    assert "timestamp" in str(caught.value) + caplog.text
    assert published_after(kafka_url, 0, 10) == {(1, "key", "t")}
    with pytest.raises(KafkaTrouble):
        late.send([message], now, 10)  # it has ended with its first failure


async def test_events_that_are_gone_are_a_gap(journal: Journal, db: Database) -> None:
    journal.fill(10)
    journal.make.db.execute("DELETE FROM outbox WHERE position = %s", [journal.positions()[0]])
    await published(journal, db)
    journal.check_topics()
    assert journal.make.one("SELECT gaps FROM consumers WHERE name = 'kafka'")["gaps"] == 1
