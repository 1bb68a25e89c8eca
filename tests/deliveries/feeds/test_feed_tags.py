"""A feed's ETag: another one after every change, whatever the order of commits; else 304."""

from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
import pytest

from holdfast.channels.feeds import serve
from holdfast.events import store
from holdfast.kernel.db import Database
from tests.deliveries.feeds.feeds import add_feed, events_of, read
from tests.support.api import Api
from tests.support.cluster import TestDatabase
from tests.support.make import Make, soon

RENAMES: dict[str, LiteralString] = {
    "client": "UPDATE users SET name = 'Else' WHERE role = 'client'",
    "provider": "UPDATE providers SET name = 'Else'",
    "service": "UPDATE services SET title = 'Else'",
    "place": "UPDATE facilities SET name = 'Else'",
    "address": "UPDATE facilities SET address = 'Else'",
    "zone": "UPDATE facilities SET timezone = 'America/New_York'",
}


async def test_unchanged_is_304_without_a_body(api: Api, make: Make) -> None:
    place, client = make.place(), make.client()
    path = await add_feed(api, client)
    await api.booked(client, place, make.slot(place))
    first = await read(api, path)
    tag = first.headers["etag"]
    again = await read(api, path)
    assert (again.headers["etag"], again.content) == (tag, first.content)
    for known in (tag, f'"x", {tag}', f"W/{tag}", "*"):
        unchanged = await read(api, path, known)
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == tag
    assert (await read(api, path, '"other"')).status_code == 200


async def test_each_change_gives_another_one_to_whom_it_concerns(api: Api, make: Make) -> None:
    place, elsewhere = make.place(), make.place()
    make.db.execute(
        "INSERT INTO provider_services VALUES (%s, %s)",
        [elsewhere.provider_id, place.service_id],
    )
    client, staff = make.client(), make.admin()
    slots = make.slots(place, 2)
    far = make.slot(elsewhere, soon(days=2))
    paths = {
        "client": await add_feed(api, client),
        "here": await add_feed(api, staff, providerId=str(place.provider_id)),
        "there": await add_feed(api, staff, providerId=str(elsewhere.provider_id)),
        "other": await add_feed(api, make.client()),
    }
    known = {who: (await read(api, path)).headers["etag"] for who, path in paths.items()}

    async def changes(*whose: str) -> None:
        for who, path in paths.items():
            answer = await read(api, path, known[who])
            assert answer.status_code == (200 if who in whose else 304), who
            known[who] = answer.headers["etag"]

    appointment = await api.booked(client, place, slots[0])
    where = f"/appointments/{appointment['id']}"
    await changes("client", "here")
    await api.reserve(client, place, slots[1])  # shows nowhere
    await changes()

    assert (await api.patch(where, staff, json={"notes": "x", "version": 1})).is_success
    await changes("client", "here")

    # To another provider: the one it leaves has it no more.
    reserved = await api.post(
        "/reservations",
        staff,
        json={
            "providerId": str(elsewhere.provider_id),
            "serviceId": str(place.service_id),
            "timeslotId": str(far),
            "userId": str(client.id),
        },
    )
    assert reserved.status_code == 201, reserved.text
    token = {"reservationToken": reserved.json()["reservationToken"]}
    moved = await api.post(f"{where}/reschedule", staff, key="new", json=token)
    assert moved.status_code == 200, moved.text
    await changes("client", "here", "there")
    assert events_of(await read(api, paths["here"])) == []
    assert len(events_of(await read(api, paths["there"]))) == 1

    assert (await api.post(f"{where}/cancel", client, key="new", json={})).is_success
    await changes("client", "there")


@pytest.mark.parametrize("what", RENAMES)
async def test_names_are_part_of_it(api: Api, make: Make, what: str) -> None:
    place, client = make.place(), make.client()
    staff = make.admin()
    await api.booked(client, place, make.slot(place))
    path = await add_feed(api, staff, providerId=str(place.provider_id))
    known = (await read(api, path)).headers["etag"]
    make.db.execute("UPDATE services SET price_cents = 1")
    make.db.execute("UPDATE users SET name = name, phone = '1'")
    assert (await read(api, path, known)).status_code == 304
    make.db.execute(RENAMES[what])
    assert (await read(api, path, known)).status_code == 200
    assert make.one("SELECT changes FROM shown_names")["changes"] == 1, "once for a transaction"


async def test_a_day_is_part_of_it(api: Api, make: Make) -> None:
    client = make.client()
    before = datetime.now(UTC)
    known = (await read(api, await add_feed(api, client))).headers["etag"]
    days = {f".{at:%Y%m%d}." for at in (before, datetime.now(UTC))}  # one, but at midnight
    assert any(day in known for day in days)


async def test_what_commits_late_is_not_missed(
    api: Api, make: Make, database: TestDatabase
) -> None:
    """The first change is stamped before the second one, and committed after it was read."""
    place, client = make.place(), make.client()
    ids = [make.appointment(client, place, slot) for slot in make.slots(place, 2)]
    path = await add_feed(api, client)
    note: LiteralString = "UPDATE appointments SET notes = %s WHERE id = %s"
    with psycopg.connect(database.owner_url) as slow:
        slow.execute(note, ["slow", ids[0]])
        make.db.execute(note, ["quick", ids[1]])
        known = (await read(api, path)).headers["etag"]
        assert (await read(api, path, known)).status_code == 304
        slow.commit()
    assert (await read(api, path, known)).status_code == 200


async def version(db: Database) -> int | None:
    async def ask(connection: Any) -> int | None:
        cursor = await connection.execute("SELECT feed_version(f) FROM calendar_feeds AS f")
        [row] = await cursor.fetchall()
        return row["feed_version"]

    return await db.run(ask)


async def test_the_relay_changes_nothing(make: Make, db: Database) -> None:
    """What waits for the relay counts as what is on the channel."""
    place, client = make.place(), make.client()
    make.db.execute(
        "INSERT INTO calendar_feeds (id, user_id, detail, secret_hash) "
        "VALUES (gen_random_uuid(), %s, 'full', '')",
        [client.id],
    )
    seen = [await version(db)]
    for slot in make.slots(place, 3):
        make.appointment(client, place, slot)
        seen.append(await version(db))
        assert await db.run(lambda c: store.relay(c, limit=100, flush_milliseconds=0))
        assert await version(db) == seen[-1]
    assert seen == [0, 1, 2, 3]


async def test_a_rush_is_not_counted(make: Make, db: Database) -> None:
    """While the relay is far behind, nobody says how many changes there were."""
    make.db.execute(
        "INSERT INTO calendar_feeds (id, user_id, detail, secret_hash) "
        "VALUES (gen_random_uuid(), %s, 'full', '')",
        [make.client().id],
    )
    for count, known in ((1000, 0), (1, None)):
        make.db.execute(
            "INSERT INTO outbox (topic, key, type, payload) SELECT 'availability', "
            "gen_random_uuid(), 'timeslot.updated', '{}' FROM generate_series(1, %s)",
            [count],
        )
        assert await version(db) == known


async def test_what_nobody_counts_has_a_tag_of_its_content(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, client = make.place(), make.client()
    path = await add_feed(api, client)
    monkeypatch.setattr(serve, "_tag", lambda *_: None)
    known = (await read(api, path)).headers["etag"]
    assert (await read(api, path, known)).status_code == 304
    await api.booked(client, place, make.slot(place))
    assert (await read(api, path, known)).status_code == 200


def test_a_plan_of_the_first_day_reads_what_waits_only(make: Make, database: TestDatabase) -> None:
    """Planned while the log was empty, and kept by a connection for years."""
    make.db.execute(
        "INSERT INTO calendar_feeds (id, user_id, detail, secret_hash) "
        "VALUES (gen_random_uuid(), %s, 'full', '')",
        [make.client().id],
    )
    ask: LiteralString = "SELECT feed_version(f) FROM calendar_feeds AS f"
    with psycopg.connect(database.server_url, autocommit=True) as old:
        for _ in range(8):
            old.execute(ask)
        make.db.execute(
            "INSERT INTO outbox (topic, key, type, payload, position) SELECT 'bookings', "
            "gen_random_uuid(), 'booking.updated', '{}', n FROM generate_series(1, 20000) AS n"
        )
        with old.transaction():
            old.execute(ask)
            row = old.execute(
                "SELECT sum(pg_stat_get_xact_tuples_returned(o)) FROM (VALUES "
                "('outbox'::regclass), ('outbox_pkey'), ('outbox_waiting_idx')) AS t (o)"
            ).fetchone()
    assert row is not None
    assert row[0] <= 100, "of 20,000"
