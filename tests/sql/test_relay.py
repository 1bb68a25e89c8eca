"""The relay: positions, channels, gap-free sequences (SPEC §5)."""

import psycopg

from tests.support.api import Api
from tests.support.cluster import TestDatabase
from tests.support.make import Make, soon


def relay(make: Make, *, limit: int = 1000, with_availability: bool = True) -> int | None:
    return make.one("SELECT relay_outbox(%s, %s) AS n", limit, with_availability)["n"]


async def test_every_change_reaches_its_channels_without_gaps(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    slot_id = make.slot(place, soon(days=2))
    appointment = await api.booked(client, place, slot_id)
    await api.post(f"/appointments/{appointment['id']}/cancel", client, key="new", json={})
    while relay(make, limit=2):
        pass
    rows = make.all("SELECT channel, sequence, type, payload FROM channel_events ORDER BY id")
    channels: dict[str, list] = {}
    for row in rows:
        channels.setdefault(row["channel"], []).append(row)
    for name, events in channels.items():
        assert [event["sequence"] for event in events] == list(range(1, len(events) + 1)), name
    booked, cancelled = channels[f"appointment.{appointment['id']}"]
    assert (booked["type"], cancelled["type"]) == ("booking.confirmed", "booking.cancelled")
    assert booked["payload"]["updates"] == appointment
    assert cancelled["payload"]["version"] == 2
    assert cancelled["payload"]["updates"].keys() == {"slotId", "status", "updatedAt", "version"}
    assert len(channels[f"user.{client.id}.bookings"]) == 2
    assert len(channels[f"provider.{place.provider_id}.bookings"]) == 2
    statuses = [
        event["payload"]["status"]
        for event in channels[f"provider.{place.provider_id}.availability"]
    ]
    assert statuses[-1] == "available"


async def test_bursts_of_one_timeslot_are_merged_and_may_wait(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    await api.booked(client, place, make.slot(place))
    assert relay(make, with_availability=False) == 1
    assert relay(make) == 3  # published, held, booked
    rows = make.all("SELECT payload FROM channel_events WHERE channel LIKE %s", "%.availability")
    assert [row["payload"]["status"] for row in rows] == ["booked"]


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
