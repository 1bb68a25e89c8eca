"""Claims: per lane, in order, none twice (SPEC-deliveries §2, "Order", "Claiming")."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from holdfast.kernel.ids import new_id
from tests.deliveries.drive import Drive
from tests.support.cluster import TestDatabase
from tests.support.make import Make

CLAIM = "SELECT id, lane FROM claim_deliveries(%s, 60, %s, '{webhook}', %s, '{}', '{}')"
SETTLE = (
    "SELECT settle_deliveries(%(workers)s, %(ids)s, %(sent)s, %(none)s::text[], "
    "%(none)s::text[], %(none)s::text[], "
    "%(none)s::float8[], %(false)s, %(none)s::text[])"
)


def test_only_what_is_due_is_claimed(drive: Drive) -> None:
    [now] = drive.waiting("smtp")
    drive.waiting("smtp", due_seconds=60)
    assert [row["id"] for row in drive.claim("email")] == [now]
    assert drive.claim("email") == []


def test_a_lane_gives_no_more_than_its_room(drive: Drive) -> None:
    drive.waiting("webhook:a", 30, channel="webhook")
    drive.waiting("webhook:b", 3, channel="webhook")
    lanes = Counter(row["lane"] for row in drive.claim("webhook", room=8))
    assert lanes == {"webhook:a": 8, "webhook:b": 3}
    assert len(drive.claim("webhook", room=100, limit=5)) == 5


def test_what_is_on_its_way_takes_up_room(drive: Drive, make: Make) -> None:
    drive.waiting("webhook:a", 30, channel="webhook")
    rows = make.all(
        "SELECT id FROM claim_deliveries(%s, 60, 50, '{webhook}', '{8}', '{webhook:a}', '{6}')",
        new_id(),
    )
    assert len(rows) == 2


def test_a_channel_without_a_sender_is_left(drive: Drive) -> None:
    drive.waiting("sms", channel="sms")
    assert drive.claim("email") == []


def test_the_oldest_comes_first_across_lanes(drive: Drive) -> None:
    young = drive.waiting("webhook:a", 3, channel="webhook", due_seconds=-1)
    old = drive.waiting("webhook:b", 3, channel="webhook", due_seconds=-60)
    claimed = [row["id"] for row in drive.claim("webhook", limit=4)]
    assert set(old) <= set(claimed)
    assert len(set(young) & set(claimed)) == 1


def test_one_of_an_appointment_at_a_time(drive: Drive, make: Make) -> None:
    one, other = (make.one("SELECT gen_random_uuid() AS id")["id"] for _ in range(2))
    first = drive.waiting("smtp", 3, appointment_id=one)
    second = drive.waiting("smtp", 3, appointment_id=other)
    elsewhere = drive.waiting("webhook:a", 1, channel="webhook", appointment_id=one)
    assert {row["id"] for row in drive.claim("email")} == {first[0], second[0]}
    assert [row["id"] for row in drive.claim("webhook")] == elsewhere
    assert drive.claim("email") == []
    drive.mark(first[0], second[0])
    drive.settle(first[0], "sent")
    drive.settle(second[0], "unknown")
    assert [row["id"] for row in drive.claim("email")] == [first[1]]


def test_a_dead_one_lets_the_next_one_go(drive: Drive, make: Make) -> None:
    appointment = make.one("SELECT gen_random_uuid() AS id")["id"]
    first, second = drive.waiting("webhook:a", 2, channel="webhook", appointment_id=appointment)
    assert [row["id"] for row in drive.send("webhook", "refused")] == [first]
    assert [row["id"] for row in drive.send("webhook")] == [second]


def test_a_row_that_somebody_has_locked_is_passed_over(
    drive: Drive, make: Make, database: TestDatabase
) -> None:
    locked, free = drive.waiting("smtp", 2)
    with psycopg.connect(database.owner_url) as other:
        other.execute("SELECT FROM deliveries WHERE id = %s FOR UPDATE", [locked])
        make.db.execute("SET lock_timeout = '1s'")
        assert [row["id"] for row in drive.claim("email")] == [free]
    assert [row["id"] for row in drive.claim("email")] == [locked]


def drain(url: str, start: Barrier, lane_room: int) -> list[UUID]:
    """Claim and send until nothing is left; what was claimed, in order."""
    sent: list[UUID] = []
    with psycopg.Connection[DictRow].connect(
        url, autocommit=True, row_factory=dict_row
    ) as connection:
        start.wait()
        idle = 0
        while idle < 20:
            worker = new_id()
            rows = connection.execute(CLAIM, [worker, 64, [lane_room]]).fetchall()
            ids = [row["id"] for row in rows]
            idle = 0 if ids else idle + 1
            if ids:
                many = len(ids)
                connection.execute(
                    SETTLE,
                    {
                        "workers": [worker] * many,
                        "ids": ids,
                        "sent": ["sent"] * many,
                        "none": [None] * many,
                        "false": [False] * many,
                    },
                )
            sent += ids
    return sent


@pytest.mark.timeout(300)
def test_two_workers_and_ten_thousand_deliveries(
    drive: Drive, make: Make, database: TestDatabase
) -> None:
    """None twice, none left, and of one appointment the earlier one first."""
    for number in range(10):
        drive.waiting(f"webhook:{number}", 500, channel="webhook")
    appointments = [
        row["id"] for row in make.all("SELECT gen_random_uuid() AS id FROM generate_series(1, 500)")
    ]
    make.db.execute(
        "INSERT INTO deliveries (id, channel, purpose, lane, appointment_id, due_at, expires_at) "
        "SELECT new_uuid_v7(), 'webhook', 'test', 'webhook:' || n %% 10, (%s::uuid[])[1 + n / 10], "
        "now(), now() + interval '1 day' FROM generate_series(0, 4999) AS n ORDER BY n",
        [appointments],
    )
    assert make.one("SELECT count(*) AS n FROM deliveries")["n"] == 10_000
    start = Barrier(3)
    with ThreadPoolExecutor(3) as pool:
        workers = [pool.submit(drain, database.server_url, start, 16) for _ in range(3)]
        sent = [id for worker in workers for id in worker.result()]
    assert len(sent) == len(set(sent)) == 10_000
    assert all(len(worker.result()) > 500 for worker in workers)
    assert make.one("SELECT count(*) AS n FROM deliveries WHERE state = 'sent'")["n"] == 10_000
    assert make.one("SELECT count(*) AS n FROM delivery_attempts")["n"] == 10_000
    early = make.one(
        "SELECT count(*) AS n FROM deliveries AS a JOIN deliveries AS b "
        "ON b.lane = a.lane AND b.appointment_id = a.appointment_id AND b.number > a.number "
        "WHERE b.claimed_at < a.settled_at"
    )
    assert early["n"] == 0
