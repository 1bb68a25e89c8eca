"""Lanes of push hosts and endpoints that are gone go, too (docs/deliveries.md, "Lanes")."""

import psycopg
import pytest

from holdfast.kernel.db import Database
from holdfast.workers.retention import prune
from tests.deliveries.drive import Drive
from tests.deliveries.phones.people import Browser, with_browser
from tests.support.cluster import TestDatabase
from tests.support.make import Make

HOST = "push:push.example.org"


def lanes(make: Make) -> list[str]:
    return [row["id"] for row in make.all("SELECT id FROM lanes ORDER BY id")]


def subscribe(make: Make) -> None:
    with_browser(make, make.client(), Browser(endpoint="https://push.example.org/send/1"))


def as_if_unused(make: Make, days: float) -> None:
    make.db.execute(
        "UPDATE lanes SET unused_since = unused_since - make_interval(secs => %s)", [days * 86400]
    )


async def test_a_push_host_goes_after_thirty_days(db: Database, make: Make, drive: Drive) -> None:
    for lane, channel in ((HOST, "push"), ("smtp", "email"), ("sms", "sms")):
        make.db.execute("SELECT ensure_lane(%s, %s)", [lane, channel])
    await prune(db, 30)
    as_if_unused(make, 29)
    await prune(db, 30)
    assert lanes(make) == [HOST, "sms", "smtp"]
    as_if_unused(make, 2)
    await prune(db, 30)
    assert lanes(make) == ["sms", "smtp"], "those of the server itself stay"


async def test_who_comes_back_in_between_begins_anew(db: Database, make: Make) -> None:
    make.db.execute("SELECT ensure_lane(%s, 'push')", [HOST])
    await prune(db, 30)
    as_if_unused(make, 29)
    subscribe(make)
    await prune(db, 30)
    assert make.one("SELECT unused_since FROM lanes")["unused_since"] is None
    make.db.execute("DELETE FROM push_subscriptions")
    await prune(db, 30)
    as_if_unused(make, 29)
    await prune(db, 30)
    assert lanes(make) == [HOST]


async def test_a_removed_endpoint_and_its_log(db: Database, make: Make, drive: Drive) -> None:
    kept, gone = drive.endpoint(), drive.endpoint()
    names = [f"webhook:{kept}", f"webhook:{gone}"]
    [waiting] = drive.waiting(names[1], channel="webhook")
    drive.waiting(names[0], channel="webhook")
    make.db.execute("UPDATE webhook_endpoints SET deleted_at = now() WHERE id = %s", [gone])
    await prune(db)
    assert make.all("SELECT FROM lanes WHERE unused_since IS NOT NULL") == []
    make.db.execute(
        "UPDATE deliveries SET state = 'suppressed', reason = 'cancelled', settled_at = now() "
        "WHERE id = %s",
        [waiting],
    )
    await prune(db)
    as_if_unused(make, 100)
    await prune(db)
    # What was sent there is still in the log.
    assert lanes(make) == sorted(names)
    make.db.execute("DELETE FROM deliveries WHERE id = %s", [waiting])
    as_if_unused(make, 100)
    await prune(db)
    assert lanes(make) == names[:1]


async def test_a_lane_that_somebody_stopped_stays(db: Database, make: Make) -> None:
    make.db.execute("SELECT ensure_lane(%s, 'push')", [HOST])
    make.db.execute("UPDATE lanes SET state = 'stopped'")
    await prune(db, 30)
    as_if_unused(make, 100)
    await prune(db, 30)
    assert lanes(make) == [HOST]


async def test_one_that_needs_attention_goes_with_who_could_give_it(
    db: Database, make: Make
) -> None:
    make.db.execute("SELECT ensure_lane(%s, 'push')", [HOST])
    make.db.execute("UPDATE lanes SET state = 'needs_attention'")
    await prune(db, 30)
    as_if_unused(make, 31)
    await prune(db, 30)
    assert lanes(make) == []


@pytest.mark.timeout(60)
async def test_planning_holds_its_lane(db: Database, make: Make, database: TestDatabase) -> None:
    make.db.execute("SELECT ensure_lane(%s, 'push')", [HOST])
    await prune(db, 30)
    as_if_unused(make, 100)
    with psycopg.connect(database.owner_url) as planner:
        planner.execute("SELECT ensure_lane(%s, 'push')", [HOST])
        await prune(db, 30)
        assert lanes(make) == [HOST]
        planner.execute(
            "INSERT INTO deliveries (id, channel, purpose, lane, due_at, expires_at) "
            "VALUES (gen_random_uuid(), 'push', 'test', %s, now(), now() + interval '1 day')",
            [HOST],
        )
        planner.commit()
    await prune(db, 30)
    assert lanes(make) == [HOST]
