"""The engine's steps with Kafka between the log and the planners, as the log's are in drive.py."""

from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from holdfast.deliveries.engine import CONSUMERS, Plan
from holdfast.deliveries.statements import QUERIES
from holdfast.events.cloudevents import data_of, event_body
from holdfast.events.kafka import publisher, topics
from holdfast.events.kafka.producer import Producer
from holdfast.events.kafka.reader import READ_MESSAGES, Read, take
from holdfast.kernel.ids import new_id
from holdfast.kernel.kafka_url import KafkaUrl
from tests.deliveries.drive import Drive
from tests.support.make import Make

FENCE_SECONDS = 3600.0


class KafkaDrive(Drive):
    """What is planned was published before, and came by the topics."""

    def __init__(self, make: Make, plan: Plan, url: KafkaUrl) -> None:
        super().__init__(make, plan)
        self.url = url
        self._consumers: dict[str, Consumer] = {}
        self._name = new_id()
        # All that is in the topics; two drives share it.
        self._sent: list[object] = []
        topics.ensure_topics(url, FENCE_SECONDS)
        self._producer = Producer(url, 60)

    def another(self) -> "KafkaDrive":
        second = KafkaDrive(self.make, self.plan, self.url)
        second._sent = self._sent
        return second

    def start(self) -> None:
        self.relay()
        self.make.db.execute(QUERIES.begin_on_bus, {"kind": "kafka", "consumers": list(CONSUMERS)})
        self.plan_all()

    def publish(self) -> None:
        """Give Kafka all that is in the log."""
        statements = publisher.QUERIES
        while rows := self.make.db.execute(statements.next_events, {"limit": 500}).fetchall():
            held = self.make.db.execute(
                statements.hold, {"publisher": self._name, "seconds": 60, "left_seconds": 30}
            ).fetchone()
            assert held is not None
            assert held["stamped_at"] is not None
            messages = [
                (
                    topics.topic_of(self.url, row["topic"]),
                    str(row["key"]),
                    event_body(
                        source="https://holdfast.test",
                        data=data_of(row["topic"], row.pop("payload"), row.pop("timezone")),
                        **row,
                    ),
                )
                for row in rows
            ]
            self._sent += messages
            self._producer.send(messages, int(held["stamped_at"].timestamp() * 1000), 30)
            last = {"position": rows[-1]["position"], "events": len(rows)}
            self.make.db.execute(statements.advance, {"publisher": self._name, **last})
        self.make.db.execute(statements.give_up, {"publisher": self._name})

    def plan_notifications(self, limit: int = 500) -> int | None:
        plan = self.plan
        more = {
            "delay_seconds": plan.delay_seconds,
            "channels": list(plan.channels),
            "quiet_from": plan.quiet_from,
            "quiet_to": plan.quiet_to,
        }
        return self._plan_next("notify", limit, QUERIES.plan_published_notifications, more)

    def plan_webhooks(self, limit: int = 500, room: int = 10_000) -> int | None:
        return self._plan_next("webhook", limit, QUERIES.plan_published_webhooks, {"room": room})

    def read(self, consumer: str, limit: int = READ_MESSAGES) -> Read:
        """The next messages of a consumer, at most so many."""
        self.publish()
        member = self._consumers.get(consumer) or self._member(consumer)
        left = self._left(consumer)
        read = Read()
        while len(read.positions) < min(left, limit):
            more = min(left, limit) - len(read.positions)
            take(read, member.consume(more, 5.0), self._fail)
        return read

    def _plan_next(
        self, consumer: str, limit: int, statement: Any, more: dict[str, Any]
    ) -> int | None:
        passed = 0
        while True:
            read = self.read(consumer, limit)
            if not read.positions:
                return passed or None
            row = self.make.db.execute(statement, {**read.parameters(), **more}).fetchone()
            assert row is not None
            passed += row["passed"]
            if passed:
                return passed

    def _member(self, consumer: str) -> Consumer:
        member = self._consumers[consumer] = Consumer(
            {
                "bootstrap.servers": str(self.url),
                "group.id": f"{self.url.prefix}.{consumer}",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
            }
        )
        known = self._known(consumer)
        member.assign(
            [TopicPartition(*at, known.get(at, OFFSET_BEGINNING)) for at in self._partitions()]
        )
        return member

    def _left(self, consumer: str) -> int:
        """How many messages there are that it has not planned."""
        return len(self._sent) - sum(self._known(consumer).values())

    def _known(self, consumer: str) -> dict[tuple[str, int], int]:
        rows = self.make.db.execute(QUERIES.offsets, {"consumer": consumer}).fetchall()
        return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    def _partitions(self) -> list[tuple[str, int]]:
        return [
            (topic, number)
            for topic in topics.topics_of(self.url)
            for number in range(topics.PARTITIONS)
        ]

    @staticmethod
    def _fail(error: Any) -> None:
        raise AssertionError(error.str())

    def close(self) -> None:
        for member in self._consumers.values():
            member.close()
