"""What a read of a calendar changes of what is known, and what it must not."""

from datetime import timedelta
from typing import LiteralString
from uuid import UUID

import pytest

from holdfast.calendars.busy import store
from holdfast.kernel.db import Database
from tests.deliveries.busy.rows import claimed, connect, imported, read, status
from tests.support.make import Make, Place, soon

HOUR = timedelta(hours=1)
START = soon()
BUSY = (START, START + HOUR)
LATER = (START + 5 * HOUR, START + 6 * HOUR)


@pytest.fixture
def place(make: Make) -> Place:
    return make.place()


@pytest.fixture
def connection(make: Make, place: Place) -> UUID:
    return connect(make, place)


def known(make: Make) -> int:
    return len(make.all("SELECT FROM busy_times"))


def row_of(make: Make, connection: UUID) -> dict[str, object]:
    return make.one(
        "SELECT c.sync_token, c.last_synced_at, c.next_sync_at - now() AS due_in, i.lease, "
        "i.emptied_at, i.read_at, i.unreadable, i.timezone "
        "FROM calendar_connections AS c LEFT JOIN busy_imports AS i ON i.connection_id = c.id "
        "WHERE c.id = %s",
        connection,
    )


async def test_a_read_says_where_the_next_one_goes_on(
    db: Database, make: Make, connection: UUID
) -> None:
    assert await read(db, make, connection, {"one": [BUSY]}, token="t1") == "changed"
    row = row_of(make, connection)
    assert (row["sync_token"], row["timezone"], row["lease"]) == ("t1", "Europe/Berlin", None)
    assert row["last_synced_at"] is not None
    assert row["read_at"] is not None


async def test_a_change_of_one_object_changes_no_other(
    db: Database, make: Make, connection: UUID
) -> None:
    await read(db, make, connection, {"one": [BUSY], "two": [BUSY, LATER], "three": [BUSY]})
    changes = {"two": [LATER], "four": [LATER]}
    assert await read(db, make, connection, changes, is_full=False, gone=["three"]) == "changed"
    times = make.all("SELECT lower(during) AS start FROM busy_times ORDER BY 1")
    assert [row["start"] for row in times] == [START, START + 5 * HOUR, START + 5 * HOUR]
    assert await read(db, make, connection, {"two": []}, is_full=False) == "changed"
    assert known(make) == 2


async def test_what_a_full_read_lacks_is_gone(db: Database, make: Make, connection: UUID) -> None:
    await read(db, make, connection, {"one": [BUSY], "two": [LATER]})
    assert await read(db, make, connection, {"two": [LATER]}) == "changed"
    assert known(make) == 1


@pytest.mark.parametrize("is_full", [True, False])
async def test_what_cannot_be_read_stays_as_it_was_known(
    is_full: bool, db: Database, make: Make, connection: UUID
) -> None:
    await read(db, make, connection, {"one": [BUSY], "two": [LATER]})
    said = await read(
        db, make, connection, {"two": [LATER]}, is_full=is_full, unreadable=["one", "three"]
    )
    assert said == "unchanged"
    assert known(make) == 2
    assert row_of(make, connection)["unreadable"] == 2


async def test_an_empty_answer_is_believed_when_the_next_read_says_the_same(
    db: Database, make: Make, place: Place, connection: UUID
) -> None:
    slot = make.slot(place, START)
    await imported(db, make, connection, BUSY, token="t1")
    assert await imported(db, make, connection, token="t2") == ("doubted", 0)
    assert status(make, slot) == "blocked"
    row = row_of(make, connection)
    assert row["sync_token"] == "t1", "the next read begins where this one did"
    assert timedelta(0) < row["due_in"] < timedelta(seconds=16)  # type: ignore[operator]
    assert await imported(db, make, connection, token="t2") == ("changed", 1)
    assert status(make, slot) == "available"
    assert row_of(make, connection)["emptied_at"] is None
    assert await imported(db, make, connection) == ("unchanged", 0)


async def test_an_empty_answer_is_forgotten_when_the_next_read_says_otherwise(
    db: Database, make: Make, place: Place, connection: UUID
) -> None:
    slot = make.slot(place, START)
    await imported(db, make, connection, BUSY)
    for _ in range(3):
        assert await imported(db, make, connection) == ("doubted", 0)
        assert await imported(db, make, connection, BUSY) == ("unchanged", 0)
    assert status(make, slot) == "blocked"


async def test_a_last_object_that_is_said_to_be_gone_is_gone(
    db: Database, make: Make, connection: UUID
) -> None:
    await read(db, make, connection, {"one": [BUSY]})
    assert await read(db, make, connection, {}, is_full=False, gone=["one"]) == "changed"
    assert known(make) == 0


async def test_a_read_without_its_lease_changes_nothing(
    db: Database, make: Make, connection: UUID
) -> None:
    first = (await claimed(db, lease_seconds=0))[connection]
    make.db.execute("UPDATE calendar_connections SET next_sync_at = now()")
    second = (await claimed(db))[connection]
    assert await read(db, make, connection, {"one": [BUSY]}, lease=first) == "lost"
    assert known(make) == 0
    assert await read(db, make, connection, {"one": [BUSY]}, lease=second) == "changed"
    assert await read(db, make, connection, {"one": [LATER]}, lease=second) == "lost"


@pytest.mark.parametrize("end", ["busy = false", "deleted_at = now()", "url = 'https://x.test/'"])
async def test_a_connection_that_ended_meanwhile_gets_no_busy_times(
    end: LiteralString, db: Database, make: Make, connection: UUID
) -> None:
    lease = (await claimed(db))[connection]
    make.db.execute(f"UPDATE calendar_connections SET {end}")
    assert await read(db, make, connection, {"one": [BUSY]}, lease=lease) == "lost"
    assert known(make) == 0
    assert make.all("SELECT FROM busy_imports WHERE lease IS NOT NULL") == []


async def test_a_connection_has_one_reader_and_waits_for_the_next_time(
    db: Database, make: Make, connection: UUID
) -> None:
    assert list(await claimed(db)) == [connection]
    assert await claimed(db) == {}
    # Somebody asks for it meanwhile: it is read again once this reader is done.
    make.db.execute("UPDATE calendar_connections SET next_sync_at = now()")
    assert await claimed(db) == {}
    lease = make.one("SELECT lease FROM busy_imports")["lease"]
    await db.run(lambda c: store.give_back(c, connection, lease))
    assert list(await claimed(db)) == [connection]


async def test_only_live_connections_that_want_it_are_read(
    db: Database, make: Make, place: Place
) -> None:
    due = connect(make, place)
    connect(make, place, busy=False)
    for change in (
        "deleted_at = now()",
        "state = 'needs_attention', reason = 'unauthorized'",
        "next_sync_at = now() + interval '1 minute'",
    ):
        make.db.execute(
            f"UPDATE calendar_connections SET {change} WHERE id = %s",
            [connect(make, place)],
        )
    gone = connect(make, make.place())
    make.db.execute(
        "UPDATE providers SET deleted_at = now() "
        "WHERE id = (SELECT provider_id FROM calendar_connections WHERE id = %s)",
        [gone],
    )
    assert list(await claimed(db)) == [due]


async def test_of_too_many_the_first_are_kept(
    db: Database, make: Make, connection: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MAXIMUM_TIMES", 3)
    spans = {str(n): [(START + n * HOUR, START + (n + 1) * HOUR)] for n in range(5)}
    assert await read(db, make, connection, dict(reversed(spans.items()))) == "changed"
    starts = [row["start"] for row in make.all("SELECT lower(during) AS start FROM busy_times")]
    assert sorted(starts) == [START + n * HOUR for n in range(3)]
    assert await read(db, make, connection, {"9": [BUSY]}, is_full=False) == "unchanged"
