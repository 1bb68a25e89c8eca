"""Which events become pushes, once (docs/calendars.md, "Push")."""

from uuid import UUID

import pytest
from psycopg import Connection
from psycopg.rows import DictRow

from holdfast.kernel.ids import new_id
from tests.deliveries.drive import Drive
from tests.support.cluster import TestDatabase
from tests.support.make import Make, Place, soon


def connection(
    make: Make, provider_id: UUID, *, push: bool = True, is_removed: bool = False
) -> UUID:
    """A calendar of a provider."""
    connection_id = new_id()
    make.db.execute(
        "INSERT INTO calendar_connections "
        "(id, provider_id, url, username, password_sealed, push, busy, deleted_at) "
        "VALUES (%s, %s, %s, 'kim', 'x', %s, false, CASE WHEN %s THEN now() END)",
        [connection_id, provider_id, f"https://example.org/{connection_id}/", push, is_removed],
    )
    make.db.execute("SELECT ensure_lane(%s, 'caldav')", [f"caldav:{connection_id}"])
    return connection_id


def plan(drive: Drive, limit: int = 500) -> int:
    drive.relay()
    passed = 0
    while more := drive.make.one("SELECT plan_calendars(%s) AS n", limit)["n"]:
        passed += more
    return passed


@pytest.fixture
def place(make: Make, drive: Drive) -> Place:
    place = make.place()
    plan(drive)
    return place


def test_each_event_is_a_delivery_for_each_pushing_calendar(
    drive: Drive, make: Make, place: Place
) -> None:
    pushing = {connection(make, place.provider_id) for _ in range(2)}
    connection(make, place.provider_id, push=False)
    connection(make, place.provider_id, is_removed=True)
    connection(make, make.place().provider_id)
    appointment = make.appointment(make.client(), place, make.slot(place))
    make.db.execute("UPDATE appointments SET notes = 'x' WHERE id = %s", [appointment])
    assert plan(drive, limit=1) > 0
    found = drive.deliveries(channel="caldav")
    assert {row["connection_id"] for row in found} == pushing
    assert len(found) == 4
    assert {row["appointment_id"] for row in found} == {appointment}
    assert {row["purpose"] for row in found} == {"event"}
    for row in found:
        assert row["lane"] == f"caldav:{row['connection_id']}"
        assert row["dedupe_key"] == f"event:{row['position']}:{row['connection_id']}:caldav"
        hours = (row["expires_at"] - row["due_at"]).total_seconds() / 3600
        assert hours == pytest.approx(72, abs=0.1)
    plan(drive)
    assert len(drive.deliveries(channel="caldav")) == 4


def test_a_move_to_another_provider_is_for_both(drive: Drive, make: Make, place: Place) -> None:
    other = make.place(service_id=place.service_id)
    ours, theirs = connection(make, place.provider_id), connection(make, other.provider_id)
    make.db.execute(
        "INSERT INTO outbox (topic, key, type, payload) VALUES ('bookings', %s, "
        "'booking.rescheduled', jsonb_build_object('updates', '{}'::jsonb, 'providerId', %s::text, "
        "'previousProviderId', %s::text))",
        [new_id(), str(other.provider_id), str(place.provider_id)],
    )
    plan(drive)
    found = [row["connection_id"] for row in drive.deliveries(channel="caldav")]
    assert sorted(found) == sorted([ours, theirs])


def test_what_lies_ahead_is_planned_once_and_bounded(
    drive: Drive, make: Make, place: Place
) -> None:
    client = make.client()
    ahead = [make.appointment(client, place, make.slot(place, soon(hour))) for hour in range(3)]
    over = make.appointment(client, place, make.slot(place, soon(5)))
    make.begin(over, minutes_ago=600)
    plan(drive)
    connection_id = connection(make, place.provider_id)
    for limit, planned in ((2, 2), (10, 3), (10, 3)):
        make.db.execute(
            "SELECT catch_up_calendar(c, %s) FROM calendar_connections AS c WHERE c.id = %s",
            [limit, connection_id],
        )
        found = [row["appointment_id"] for row in drive.deliveries(channel="caldav")]
        assert found == ahead[:planned]


def test_nothing_falls_between_a_new_connection_and_the_planner(
    drive: Drive, make: Make, place: Place, database: TestDatabase
) -> None:
    """The planner holds its lease, and has not seen the connection; who connects waits for it."""
    appointment = make.appointment(make.client(), place, make.slot(place))
    drive.relay()
    connection_id = connection(make, place.provider_id)
    with (
        Connection[DictRow].connect(database.owner_url) as planner,
        Connection[DictRow].connect(database.owner_url, autocommit=True) as other,
    ):
        planner.execute("SELECT plan_calendars(500)")
        other.execute("SET lock_timeout = '100ms'")
        with pytest.raises(Exception, match="lock timeout"):
            other.execute(
                "SELECT catch_up_calendar(c, 10) FROM calendar_connections AS c WHERE c.id = %s",
                [connection_id],
            )
        planner.commit()
    found = drive.deliveries(channel="caldav")
    assert [row["appointment_id"] for row in found] == [appointment]


def test_one_at_a_time_whichever_process_sends(
    drive: Drive, make: Make, place: Place, database: TestDatabase
) -> None:
    lanes = [f"caldav:{connection(make, place.provider_id)}" for _ in range(2)]
    for hour in range(3):
        make.appointment(make.client(), place, make.slot(place, soon(hour)))
    plan(drive)
    # Another one's claim has looked at a lane, and has not committed.
    with Connection[DictRow].connect(database.owner_url) as rival:
        rival.execute("SELECT FROM lanes WHERE id = %s FOR NO KEY UPDATE", [lanes[0]])
        first = drive.claim("caldav", room=1)
        assert [row["lane"] for row in first] == [lanes[1]]
    second = drive.another().claim("caldav", room=1)
    assert [row["lane"] for row in second] == [lanes[0]]
    assert drive.another().claim("caldav", room=1) == []
    assert drive.mark(first[0]["id"]) == [first[0]["id"]]
    drive.settle(first[0]["id"], "sent")
    assert [row["lane"] for row in drive.another().claim("caldav", room=1)] == [lanes[1]]
