"""Old deliveries go, and the log stays as long as somebody needs it (SPEC-deliveries §2)."""

import logging

import pytest
from prometheus_client import REGISTRY

from holdfast.deliveries.standing import look
from holdfast.kernel.db import Database
from holdfast.workers import retention
from holdfast.workers.retention import prune
from tests.deliveries.drive import Drive
from tests.support.make import Make


def events(drive: Drive, count: int, days_ago: float) -> list[int]:
    """So many events of that age, relayed; their positions."""
    rows = drive.make.all(
        "INSERT INTO outbox (at, topic, key, type, payload) "
        "SELECT now() - make_interval(secs => %s), 'bookings', gen_random_uuid(), "
        "'booking.updated', '{\"updates\": {}}' FROM generate_series(1, %s) RETURNING id",
        days_ago * 86400,
        count,
    )
    drive.relay()
    ids = [row["id"] for row in rows]
    found = drive.make.all("SELECT position FROM outbox WHERE id = ANY (%s) ORDER BY id", ids)
    return [row["position"] for row in found]


def left(make: Make) -> list[int]:
    return [row["position"] for row in make.all("SELECT position FROM outbox ORDER BY id")]


async def test_what_everybody_has_passed_goes_after_eight_days(db: Database, drive: Drive) -> None:
    drive.start()
    events(drive, 3, 9)
    kept = events(drive, 2, 7)
    drive.plan_all()
    await prune(db)
    assert left(drive.make) == kept


async def test_where_nothing_is_sent_only_the_age_counts(db: Database, drive: Drive) -> None:
    events(drive, 3, 9)
    kept = events(drive, 2, 7)
    await prune(db)
    assert left(drive.make) == kept


@pytest.mark.parametrize("who", ["notify", "webhook"])
async def test_what_a_consumer_has_not_passed_stays_for_30_days(
    db: Database, drive: Drive, who: str
) -> None:
    drive.start()
    passed = events(drive, 3, 40)
    old = events(drive, 2, 31)
    kept = events(drive, 2, 29) + events(drive, 1, 1)
    drive.plan_all()
    drive.make.db.execute("UPDATE consumers SET position = %s WHERE name = %s", [passed[-1], who])
    await prune(db)
    assert left(drive.make) == kept
    assert old[0] not in kept
    if who == "notify":
        drive.plan_notifications()
    else:
        drive.plan_webhooks()
    gaps = drive.make.all("SELECT name, gaps FROM consumers WHERE gaps > 0")
    assert [(row["name"], row["gaps"]) for row in gaps] == [(who, 1)]


async def test_what_a_full_lane_is_still_planned_from_stays(db: Database, drive: Drive) -> None:
    endpoint = drive.endpoint()
    drive.start()
    first, second, third = events(drive, 3, 9)
    drive.plan_all()
    drive.make.db.execute("UPDATE deliveries SET due_at = now() + interval '1 day'")
    for row in drive.claim("webhook"):
        drive.settle(row["id"], "sent")
    drive.make.db.execute(
        "UPDATE lanes SET planned_position = %s WHERE id = %s", [first, f"webhook:{endpoint}"]
    )
    drive.pass_time(2 * 86400)
    drive.send("webhook")
    await prune(db)
    assert left(drive.make) == [second, third]


async def test_what_an_open_delivery_is_built_from_stays(db: Database, drive: Drive) -> None:
    drive.endpoint()
    drive.start()
    positions = events(drive, 4, 9)
    drive.plan_all()
    rows = {row["position"]: row["id"] for row in drive.claim("webhook")}
    drive.settle(rows[positions[0]], "sent")
    drive.settle(rows[positions[1]], "unknown")
    drive.settle(rows[positions[3]], "sent")
    await prune(db)
    assert left(drive.make) == positions[1:]
    drive.settle(rows[positions[2]], "sent")
    drive.sweep()
    drive.send("webhook", "refused")
    await prune(db)
    assert left(drive.make) == []


async def test_the_log_goes_from_its_beginning_and_in_batches(
    db: Database, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not relayed stays, and so does all that came after it."""
    monkeypatch.setattr(retention, "BATCH_ROWS", 10)
    positions = events(drive, 25, 9)
    sizes = []
    for _ in range(3):
        await prune(db)
        sizes.append(len(left(drive.make)))
    assert sizes == [15, 5, 0]
    positions = events(drive, 3, 9)
    drive.make.db.execute("UPDATE outbox SET position = NULL WHERE position = %s", [positions[1]])
    await prune(db)
    assert left(drive.make) == [None, positions[2]]


async def test_settled_deliveries_go_after_their_days(
    db: Database, drive: Drive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH_ROWS", 4)
    drive.waiting("smtp", 10)
    drive.send("email")
    [open_one] = drive.waiting("smtp")
    drive.send("email", "failed")
    assert await prune(db, 1) == 0
    age(drive, days=1.1)
    assert await prune(db, 2) == 0
    assert [await prune(db, 1) for _ in range(4)] == [4, 4, 2, 0]
    assert [row["id"] for row in drive.deliveries()] == [open_one]
    assert len(drive.make.all("SELECT FROM delivery_attempts")) == 1


async def test_what_was_sent_again_stays_until_that_goes(db: Database, drive: Drive) -> None:
    [first] = drive.waiting("smtp")
    drive.send("email")
    age(drive, days=2)
    [second] = drive.waiting("smtp")
    drive.make.db.execute("UPDATE deliveries SET resend_of = %s WHERE id = %s", [first, second])
    drive.send("email")
    assert await prune(db, 1) == 0
    age(drive, days=2)
    assert [await prune(db, 1) for _ in range(3)] == [1, 1, 0]


async def test_a_reminder_stays_until_the_start(db: Database, drive: Drive) -> None:
    """Without it the same person would be reminded again."""
    reminder, other = drive.waiting("smtp", 2)
    drive.make.db.execute(
        "UPDATE deliveries SET purpose = 'reminder', start_at = now() + interval '5 days' "
        "WHERE id = %s",
        [reminder],
    )
    drive.send("email")
    age(drive, days=2)
    assert await prune(db, 1) == 1
    assert [row["id"] for row in drive.deliveries()] == [reminder] != [other]
    drive.make.db.execute(
        "ALTER TABLE deliveries DISABLE TRIGGER deliveries_guard; "
        "UPDATE deliveries SET start_at = now(); "
        "ALTER TABLE deliveries ENABLE ALWAYS TRIGGER deliveries_guard"
    )
    assert await prune(db, 1) == 1


async def test_received_messages_go(db: Database, make: Make) -> None:
    make.db.execute(
        "INSERT INTO received_webhooks (source, id, received_at) "
        "SELECT 'sms', n, now() - make_interval(days => n) FROM generate_series(1, 20) AS n"
    )
    assert await prune(db) == 13
    assert make.one("SELECT max(id::integer) AS n FROM received_webhooks")["n"] == 7


def age(drive: Drive, days: float) -> None:
    """Let what is settled grow older."""
    drive.make.db.execute(
        "ALTER TABLE deliveries DISABLE TRIGGER deliveries_guard; "
        f"UPDATE deliveries SET settled_at = settled_at - interval '{days} days'; "
        "ALTER TABLE deliveries ENABLE ALWAYS TRIGGER deliveries_guard".encode()
    )


async def test_a_gap_is_counted_and_logged_once(
    db: Database, drive: Drive, caplog: pytest.LogCaptureFixture
) -> None:
    drive.start()
    positions = events(drive, 3, 1)
    drive.make.db.execute("DELETE FROM outbox WHERE position = %s", [positions[1]])
    drive.plan_all()
    with caplog.at_level(logging.WARNING, "holdfast.deliveries"):
        await look(db)
        await look(db)
    told = [message for message in caplog.messages if "events were gone" in message]
    assert len(told) == 2  # of each consumer once
    assert REGISTRY.get_sample_value("holdfast_consumer_gap_total") == 2


async def test_the_gauges_say_how_deliveries_stand(db: Database, drive: Drive) -> None:
    def value(name: str, **labels: str) -> float | None:
        return REGISTRY.get_sample_value(f"holdfast_{name}", labels)

    await look(db)
    assert value("deliveries_pending", channel="sms") == 0
    assert value("lanes", kind="email", state="paused") == 0
    drive.start()
    drive.waiting("smtp", 7)
    drive.waiting("webhook:a", 2, channel="webhook", due_seconds=-100)
    drive.waiting("webhook:b", 3, channel="webhook", due_seconds=600)
    drive.make.db.execute("UPDATE lanes SET paused_until = now() WHERE id = 'webhook:a'")
    drive.make.db.execute("UPDATE lanes SET state = 'stopped' WHERE id = 'smtp'")
    events(drive, 4, 0)
    await look(db)
    assert value("deliveries_pending", channel="email") == 7
    assert value("deliveries_pending", channel="webhook") == 5
    assert 100 <= (value("deliveries_oldest_due_seconds", channel="webhook") or 0) < 200
    assert value("lanes", kind="webhook", state="paused") == 1
    assert value("lanes", kind="webhook", state="open") == 1
    assert value("lanes", kind="email", state="stopped") == 1
    assert value("consumer_lag_events", consumer="notify") == 4
    drive.plan_all()
    drive.make.db.execute("UPDATE lanes SET state = 'open', paused_until = NULL")
    for channel in ("email", "webhook"):
        drive.send(channel)
    await look(db)
    assert value("deliveries_pending", channel="email") == 0
    assert value("deliveries_pending", channel="webhook") == 3
    assert value("deliveries_oldest_due_seconds", channel="webhook") == 0
    assert value("consumer_lag_events", consumer="notify") == 0
