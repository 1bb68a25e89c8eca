"""The relay: positions, channels, gap-free sequences (SPEC §5)."""

import itertools
import time
from datetime import timedelta
from itertools import pairwise

import psycopg

from tests.support.cluster import TestDatabase
from tests.support.make import Make, soon

HOUR_MILLISECONDS = 3_600_000


def relay(make: Make, *, limit: int = 1000, flush_milliseconds: int = 0) -> int | None:
    return make.one("SELECT relay_outbox(%s, %s) AS n", limit, flush_milliseconds)["n"]


def test_every_change_reaches_its_channels_without_gaps(make: Make) -> None:
    place, client = make.place(), make.client()
    appointment_id = make.appointment(client, place, make.slot(place, soon(days=2)))
    made = make.one(
        "SELECT appointment_document(a) AS document FROM appointments AS a WHERE id = %s",
        appointment_id,
    )["document"]
    make.one(
        "SELECT outcome FROM cancel_appointment(%s, %s, '{}', NULL, NULL, false)",
        client.actor.as_parameter(),
        appointment_id,
    )
    while relay(make, limit=2):
        pass
    rows = make.all("SELECT channel, sequence, type, payload FROM channel_events ORDER BY id")
    channels: dict[str, list] = {}
    for row in rows:
        channels.setdefault(row["channel"], []).append(row)
    for name, events in channels.items():
        assert [event["sequence"] for event in events] == list(range(1, len(events) + 1)), name
    booked, cancelled = channels[f"appointment.{appointment_id}"]
    assert (booked["type"], cancelled["type"]) == ("booking.confirmed", "booking.cancelled")
    assert booked["payload"]["updates"] == made
    assert cancelled["payload"]["version"] == 2
    assert cancelled["payload"]["updates"].keys() == {
        "feeCents",
        "refundCents",
        "slotId",
        "status",
        "updatedAt",
        "version",
    }
    assert len(channels[f"user.{client.id}.bookings"]) == 2
    assert len(channels[f"provider.{place.provider_id}.bookings"]) == 2
    availability = channels[f"provider.{place.provider_id}.availability"]
    assert availability[-1]["payload"]["status"] == "available"


def test_bursts_of_one_timeslot_are_merged_and_may_wait(make: Make) -> None:
    place, client = make.place(), make.client()
    make.db.execute("UPDATE relay SET flushed_at = clock_timestamp()")
    make.appointment(client, place, make.slot(place))
    assert relay(make, flush_milliseconds=HOUR_MILLISECONDS) == 1
    assert relay(make) == 3  # published, held, booked
    rows = make.all("SELECT payload FROM channel_events WHERE channel LIKE %s", "%.availability")
    assert [row["payload"]["status"] for row in rows] == ["booked"]


def test_a_burst_goes_out_every_100_milliseconds_with_the_last_status(make: Make) -> None:
    place = make.place()
    slots = make.slots(place, 5)
    blocked = itertools.cycle(["blocked", "available"])
    deadline = time.monotonic() + 0.7
    while time.monotonic() < deadline:
        make.db.execute("UPDATE slots SET status = %s", [next(blocked)])
        relay(make, flush_milliseconds=100)
    make.db.execute("UPDATE slots SET status = 'blocked'")
    while relay(make, flush_milliseconds=100) or waiting(make):
        pass
    flushes = make.all(
        "SELECT min(at) AS first, max(at) AS last, count(*) AS sent, "
        "count(DISTINCT payload ->> 'timeslotId') AS slots FROM channel_events "
        "WHERE channel LIKE %s GROUP BY xmin::text ORDER BY 1",
        "%.availability",
    )
    assert 3 <= len(flushes) <= 9
    for flush in flushes:
        assert flush["sent"] == flush["slots"] == len(slots)
    for before, after in pairwise(flushes):
        assert after["first"] - before["last"] >= timedelta(milliseconds=100)
    last = make.all(
        "SELECT DISTINCT ON (payload ->> 'timeslotId') payload ->> 'status' AS status "
        "FROM channel_events ORDER BY payload ->> 'timeslotId', sequence DESC"
    )
    assert [row["status"] for row in last] == ["blocked"] * len(slots)


def waiting(make: Make) -> int:
    return make.one("SELECT count(*) AS n FROM outbox WHERE position IS NULL")["n"]


def test_a_late_commit_is_not_lost_and_only_one_relays(database: TestDatabase, make: Make) -> None:
    place = make.place()
    with psycopg.connect(database.owner_url) as late:
        late.execute(
            "INSERT INTO outbox (topic, key, type, payload) VALUES ('locks', %s, 'early', '{}')",
            [place.provider_id],
        )
        make.db.execute(
            "INSERT INTO outbox (topic, key, type, payload) VALUES ('locks', %s, 'late', '{}')",
            [place.provider_id],
        )
        assert relay(make) == 1
        late.commit()
        late.execute("SELECT position FROM relay FOR UPDATE")
        assert relay(make) is None
        late.rollback()
    assert relay(make) == 1
    rows = make.all("SELECT type, sequence FROM channel_events ORDER BY sequence")
    assert [row["type"] for row in rows] == ["late", "early"]
