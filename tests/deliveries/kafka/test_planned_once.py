"""What is planned is known by its position, whoever brings it in whatever order (docs/kafka.md)."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import psycopg
import pytest

from holdfast.deliveries.statements import QUERIES
from holdfast.kernel.db import Database
from holdfast.workers import retention
from tests.deliveries.drive import Drive
from tests.embedded.support import wait_until
from tests.support.cluster import TestDatabase
from tests.support.make import Make

ROOM = 10_000
# Those that are planned here.
FOLLOWERS = ["notify", "webhook"]


class Brought:
    """Events that come in any order, as from partitions."""

    def __init__(self, drive: Drive) -> None:
        self.drive = drive
        self.make: Make = drive.make
        self.endpoint: UUID = drive.endpoint()
        drive.relay()
        self.make.db.execute(QUERIES.begin_on_bus, {"kind": "kafka", "consumers": FOLLOWERS})
        self.first: int = self.make.one("SELECT position FROM relay")["position"]

    def fill(self, count: int) -> list[int]:
        """So many more events; their positions."""
        rows = self.make.all(
            "INSERT INTO outbox (topic, key, type, payload) "
            "SELECT 'bookings', gen_random_uuid(), 'booking.updated', '{\"updates\": {}}' "
            "FROM generate_series(1, %s) RETURNING id",
            count,
        )
        self.drive.relay()
        found = self.make.all(
            "SELECT position FROM outbox WHERE id = ANY (%s) ORDER BY 1", [r["id"] for r in rows]
        )
        return [row["position"] for row in found]

    def bring(self, positions: Sequence[int], *, room: int = ROOM, next_offset: int = 1) -> int:
        return self.make.db.execute(
            QUERIES.plan_published_webhooks, self.parameters(positions, room, next_offset)
        ).fetchone()["passed"]  # pyright: ignore[reportOptionalSubscript]

    @staticmethod
    def parameters(
        positions: Sequence[int], room: int = ROOM, next_offset: int = 1
    ) -> dict[str, Any]:
        return {
            "positions": list(positions),
            "topics": ["holdfast.bookings"],
            "partitions": [0],
            "next_offsets": [next_offset],
            "room": room,
        }

    def planned(self) -> list[int]:
        return sorted(row["position"] for row in self.drive.deliveries(channel="webhook"))

    def position(self, consumer: str = "webhook") -> int:
        return self.make.one("SELECT position FROM consumers WHERE name = %s", consumer)["position"]

    def ahead(self) -> list[int]:
        rows = self.make.all("SELECT position FROM planned_ahead ORDER BY 1")
        return [row["position"] for row in rows]


@pytest.fixture
def brought(drive: Drive) -> Brought:
    return Brought(drive)


def test_partitions_come_in_any_order(brought: Brought) -> None:
    events = brought.fill(6)
    assert brought.bring([events[1], events[4]]) == 2
    assert brought.position() == brought.first
    assert brought.ahead() == [events[1], events[4]]
    assert brought.bring([events[0], events[2]]) == 2
    assert brought.position() == events[2]
    assert brought.bring([events[3], events[5]]) == 2
    assert brought.position() == events[5]
    assert brought.ahead() == []
    assert brought.planned() == events


def test_what_comes_again_is_not_planned_again(brought: Brought) -> None:
    events = brought.fill(4)
    brought.bring([events[2], events[2], events[3]], next_offset=7)
    assert brought.bring([events[3], events[2], events[0]]) == 1
    assert brought.bring(events) == 1
    assert brought.bring(events) == 0
    assert brought.planned() == events
    # No event of this log: another database's, or nobody's.
    assert brought.bring([events[-1] + 100]) == 0
    assert brought.ahead() == []


def test_the_offset_is_written_with_the_plan(brought: Brought, database: TestDatabase) -> None:
    [event] = brought.fill(1)
    with psycopg.connect(database.server_url) as connection:
        connection.execute(QUERIES.plan_published_webhooks, brought.parameters([event], ROOM, 42))
        connection.rollback()
    assert brought.make.all("SELECT * FROM consumer_offsets") == []
    assert brought.planned() == []
    brought.bring([event], next_offset=42)
    assert brought.make.one("SELECT next_offset FROM consumer_offsets")["next_offset"] == 42
    # Topics that were made anew begin again.
    brought.bring([], next_offset=3)
    assert brought.make.one("SELECT next_offset FROM consumer_offsets")["next_offset"] == 3


@pytest.fixture
def second(database: TestDatabase) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database.server_url) as connection:
        yield connection


def test_of_two_members_with_the_same_messages_one_plans(
    brought: Brought, second: psycopg.Connection[Any], database: TestDatabase
) -> None:
    """A member that slept comes while the next one plans: it waits, and finds it done."""
    events = brought.fill(3)
    second.execute(QUERIES.plan_published_webhooks, brought.parameters(events))
    found: list[int] = []
    late = threading.Thread(target=lambda: found.append(brought.bring(events)))
    late.start()
    with psycopg.connect(database.superuser_url, autocommit=True) as watcher:
        wait_until(
            lambda: bool(
                watcher.execute(
                    "SELECT FROM pg_stat_activity WHERE datname = current_database() "
                    "AND wait_event_type = 'Lock' AND query LIKE '%plan_published_webhooks%'"
                ).fetchall()
            ),
            "the second one waits",
        )
    second.commit()
    late.join(30)
    assert found == [0]
    assert brought.planned() == events


def test_back_to_the_log_without_a_gap(brought: Brought) -> None:
    """The log goes on over what Kafka brought, also between."""
    events = brought.fill(10)
    brought.bring([events[0], events[3], events[4], events[8]])
    brought.make.db.execute(QUERIES.begin_on_bus, {"kind": "log", "consumers": FOLLOWERS})
    brought.drive.plan_all(3)
    assert brought.planned() == events
    assert brought.position() == events[-1]
    assert brought.ahead() == []
    assert brought.make.one("SELECT sum(gaps) AS n FROM consumers")["n"] == 0


def test_from_the_log_without_a_gap(brought: Brought) -> None:
    """Kafka begins where the slowest stands; what the log planned is not planned again."""
    brought.make.db.execute("UPDATE consumers SET position = NULL WHERE name = 'kafka'")
    old = brought.fill(5)
    brought.drive.plan_webhooks()
    new = brought.fill(5)
    brought.make.db.execute(QUERIES.begin_on_bus, {"kind": "kafka", "consumers": FOLLOWERS})
    assert brought.position("kafka") == brought.position("notify") == brought.first
    assert brought.bring(old + new) == 5
    assert brought.planned() == old + new


def test_on_both_at_the_same_time(brought: Brought) -> None:
    """As while servers are restarted one by one."""
    events = brought.fill(30)
    for start in range(0, 30, 6):
        brought.bring(events[start + 2 : start + 5])
        brought.drive.plan_webhooks(2)
        brought.bring(events[start : start + 4])
    brought.drive.plan_all()
    assert brought.planned() == events
    assert brought.ahead() == []


def test_what_is_gone_before_what_came_is_a_gap(brought: Brought) -> None:
    events = brought.fill(5)
    brought.bring(events[3:])
    brought.make.db.execute("DELETE FROM outbox WHERE position = ANY (%s)", [events[:3]])
    brought.drive.plan_webhooks()
    brought.drive.plan_webhooks()
    assert brought.position() == events[-1]
    assert brought.make.one("SELECT gaps FROM consumers WHERE name = 'webhook'")["gaps"] == 1


def test_a_full_lane_comes_back_with_what_was_ahead(brought: Brought) -> None:
    """It was full while some partitions were further than others."""
    events = brought.fill(40)
    drive, lane = brought.drive, f"webhook:{brought.endpoint}"
    drive.make.one("SELECT ensure_lane(%s, 'webhook')", lane)
    brought.bring(events[20:26], room=5)  # ahead, and planned for the lane
    brought.bring(events[26:30], room=5)  # ahead, and not: it is full
    assert drive.lane(lane)["planned_position"] == brought.first
    brought.bring(events[:10], room=5)
    assert brought.planned() == events[20:26]
    for limit in (6, 6, 6, 10):
        assert drive.lane(lane)["planned_position"] is not None
        for row in drive.claim("webhook"):
            drive.settle(row["id"], "sent")
        drive.plan_full_lanes(limit, 5)
    assert brought.planned() == events[:10] + events[20:30]
    assert drive.lane(lane)["planned_position"] is None
    brought.bring(events[10:20], room=ROOM)
    brought.bring(events[30:], room=ROOM)
    assert brought.planned() == events


async def test_the_log_stays_until_kafka_has_it(brought: Brought, db: Database) -> None:
    events = brought.fill(4)
    brought.make.db.execute("UPDATE outbox SET at = at - interval '9 days'")
    brought.drive.plan_all()
    await retention.prune(db)
    left = [row["position"] for row in brought.make.all("SELECT position FROM outbox ORDER BY 1")]
    assert left == events
    brought.make.db.execute(QUERIES.begin_on_bus, {"kind": "log", "consumers": FOLLOWERS})
    for row in brought.drive.claim("webhook"):
        brought.drive.settle(row["id"], "sent")
    await retention.prune(db)
    assert brought.make.all("SELECT position FROM outbox") == []
