"""A lane with too much waiting goes on from the log by itself (SPEC-deliveries §2)."""

from uuid import UUID

import pytest

from tests.deliveries.drive import Drive
from tests.support.make import Make

ROOM = 10


def events(make: Make, count: int) -> None:
    """So many events of as many appointments in the log."""
    make.db.execute(
        "INSERT INTO outbox (topic, key, type, payload) "
        "SELECT 'bookings', gen_random_uuid(), 'booking.updated', '{\"updates\": {}}' "
        "FROM generate_series(1, %s)",
        [count],
    )


def plan(drive: Drive, limit: int = 4) -> None:
    """As the engine does: passes over all lanes and over the full ones in turns."""
    drive.relay()
    while (drive.plan_webhooks(limit, ROOM) or 0) + drive.plan_full_lanes(limit, ROOM):
        pass


def told(drive: Drive, endpoint: UUID) -> list[int]:
    return [row["position"] for row in drive.deliveries(endpoint_id=endpoint)]


def positions(make: Make) -> list[int]:
    rows = make.all("SELECT position FROM outbox WHERE topic = 'bookings' ORDER BY position")
    return [row["position"] for row in rows]


def test_a_full_lane_is_planned_no_further_and_loses_nothing(drive: Drive, make: Make) -> None:
    dead, healthy = drive.endpoint(), drive.endpoint()
    lane = f"webhook:{dead}"
    drive.start()
    make.one("SELECT ensure_lane(%s, 'webhook')", lane)
    for _ in range(5):
        events(make, 10)
        plan(drive)
        for row in drive.claim("webhook"):
            if row["endpoint_id"] == healthy:
                drive.settle(row["id"], "sent")
            else:
                drive.release(row["id"])
    assert len(told(drive, dead)) < ROOM + 4
    assert drive.lane(lane)["planned_position"] is not None
    assert told(drive, healthy) == positions(make)
    for _ in range(30):
        events(make, 1)
        for row in drive.claim("webhook", room=3):
            drive.settle(row["id"], "sent")
        plan(drive)
        assert len(drive.deliveries(endpoint_id=dead, state="pending")) < ROOM + 4
    assert drive.lane(lane)["planned_position"] is None
    assert told(drive, dead) == told(drive, healthy) == positions(make)


def test_a_full_lane_does_not_overtake_the_others(drive: Drive, make: Make) -> None:
    """What the consumer has not read yet is planned by it, and not by the lane too."""
    endpoint = drive.endpoint()
    drive.start()
    events(make, 30)
    plan(drive)
    for row in drive.claim("webhook"):
        drive.settle(row["id"], "sent")
    events(make, 30)
    drive.relay()
    for _ in range(12):
        drive.plan_full_lanes(7, 1000)
    assert drive.lane(f"webhook:{endpoint}")["planned_position"] is None
    while drive.plan_webhooks(7, 1000):
        pass
    assert told(drive, endpoint) == positions(make)


def test_a_paused_lane_waits_with_its_planning(drive: Drive, make: Make) -> None:
    endpoint = drive.endpoint()
    lane = f"webhook:{endpoint}"
    drive.start()
    plan(drive)
    events(make, 30)
    plan(drive)
    for row in drive.claim("webhook"):
        drive.settle(row["id"], "sent")
    make.db.execute("UPDATE lanes SET paused_until = now() + interval '1 hour'")
    assert drive.plan_full_lanes(4, ROOM) == 0
    make.db.execute("UPDATE lanes SET paused_until = NULL")
    plan(drive)
    assert len(told(drive, endpoint)) > ROOM
    assert drive.lane(lane)["planned_position"] is not None


@pytest.mark.parametrize(
    "change", ["state = 'disabled', disabled_reason = 'x'", "deleted_at = now()"]
)
def test_a_lane_whose_endpoint_is_gone_catches_up_with_nothing(
    drive: Drive, make: Make, change: str
) -> None:
    endpoint = drive.endpoint()
    drive.start()
    events(make, 30)
    plan(drive)
    before = told(drive, endpoint)
    make.db.execute(f"UPDATE webhook_endpoints SET {change}".encode())
    assert {row["reason"] for row in drive.claim_all("webhook")} == {"endpoint_disabled"}
    plan(drive)
    assert told(drive, endpoint) == before
    assert drive.lane(f"webhook:{endpoint}")["planned_position"] is None


def test_what_the_log_lost_for_a_full_lane_is_a_gap(drive: Drive, make: Make) -> None:
    endpoint = drive.endpoint()
    drive.start()
    events(make, 40)
    plan(drive)
    after = drive.lane(f"webhook:{endpoint}")["planned_position"]
    make.db.execute("DELETE FROM outbox WHERE position > %s", [after])
    for row in drive.claim("webhook"):
        drive.settle(row["id"], "sent")
    plan(drive)
    assert make.one("SELECT gaps FROM consumers WHERE name = 'webhook'")["gaps"] == 1
    assert drive.lane(f"webhook:{endpoint}")["planned_position"] is None
    events(make, 1)
    plan(drive)
    assert told(drive, endpoint)[-1] == positions(make)[-1]


def test_what_comes_after_a_failed_one_waits_with_it(drive: Drive, make: Make) -> None:
    """Else each claim would look at it, at the head of the lane."""
    place, client = make.place(), make.client()
    drive.endpoint()
    drive.start()
    appointment = make.appointment(client, place, make.slot(place))
    drive.plan_all()
    [first] = drive.send("webhook", "failed")
    make.db.execute("UPDATE appointments SET priority = 'vip' WHERE id = %s", [appointment])
    drive.plan_all()
    second = drive.deliveries(channel="webhook")[1]
    assert second["due_at"] == drive.delivery(first["id"])["due_at"]
