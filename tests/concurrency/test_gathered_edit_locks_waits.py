"""Gathered edit locks: what keeps one member of a batch waiting, or fails it, spares the others."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import LiteralString

import psycopg
import pytest

from holdfast.config import Settings
from holdfast.kernel import gather
from holdfast.verify import assert_clean
from tests.concurrency.desk import Desk, desk_of
from tests.concurrency.support import (
    Answer,
    Crowd,
    all_of,
    break_function,
    crowd_of,
    deadlocks,
    eventually,
    fail_inserts_of,
    gate,
)
from tests.support.cluster import TestDatabase
from tests.support.make import Make, User

# Held by the test: everybody may decide, nobody may write.
LOCK_HISTORY = "LOCK TABLE edit_lock_history IN SHARE MODE"
LOCK_FROM_READERS = "LOCK TABLE edit_locks IN ACCESS EXCLUSIVE MODE"

# How an edit lock may be busy: its appointment is written, its row is somebody's, or that row is
# being made by somebody who has not committed.
BUSY: dict[str, LiteralString] = {
    "written": "SELECT FROM appointments WHERE id = %s FOR UPDATE",
    "taken": "SELECT FROM edit_locks WHERE appointment_id = %s FOR NO KEY UPDATE",
    "first": "SELECT lock_edit_lock(%s)",
}

# Lets a statement that writes history decide, and then wait for the test.
PAUSE = """
    CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(1);
        RETURN NEW;
    END
    $$;
    CREATE TRIGGER pause BEFORE INSERT ON edit_lock_history FOR EACH ROW EXECUTE FUNCTION pause();
"""


@pytest.fixture
async def desk(database: TestDatabase, settings: Settings, make: Make) -> AsyncIterator[Desk]:
    async with desk_of(database, settings, make, connections=10) as desk:
        yield desk


def each_one(desk: Desk) -> list[asyncio.Task[Answer]]:
    """Everybody takes the edit lock of an appointment of their own."""
    return [
        asyncio.create_task(desk.acquire(user, mine))
        for user, mine in zip(desk.staff, desk.appointments, strict=False)
    ]


async def test_one_that_fails_does_not_hurt_the_others(
    desk: Desk, database: TestDatabase, make: Make
) -> None:
    unlucky = 7
    fail_inserts_of(make, "edit_lock_history", desk.staff[unlucky].id)
    statuses = [answer.status for answer in await all_of(each_one(desk))]
    assert statuses == [500 if n == unlucky else 200 for n in range(len(desk.staff))]
    # Nobody's was taken twice: the batch that failed has left nothing behind.
    assert {row["version"] for row in make.all("SELECT version FROM edit_locks")} == {1}
    assert_clean(database.server_url)


@pytest.mark.parametrize("busy", BUSY)
async def test_one_that_is_busy_delays_those_who_want_it_only(
    desk: Desk, database: TestDatabase, make: Make, busy: str
) -> None:
    wanted, *others = desk.appointments
    if busy == "taken":
        await desk.acquire(desk.staff[0], wanted)
        await desk.release(desk.staff[0], wanted)
    async with gate(database, BUSY[busy], wanted) as held:
        waiting = [asyncio.create_task(desk.acquire(user, wanted)) for user in desk.staff[:2]]
        spared = await all_of(
            desk.acquire(user, other) for user, other in zip(desk.staff[2:], others, strict=False)
        )
        assert {answer.status for answer in spared} == {200}
        await held.until_waiting(1)
        assert not any(task.done() for task in waiting)
        # Nor does it hold up who comes later, or who only looks.
        assert (await desk.acquire(desk.staff[2], others[25])).status == 200
        assert (await desk.look(desk.staff[2], wanted)).json()["state"] == "unlocked"
        await held.open()
        answers = [await task for task in waiting]
    assert [answer.status for answer in answers] == [200, 409]
    assert answers[1].json()["lock"]["userId"] == str(desk.staff[0].id)
    assert_clean(database.server_url)


async def test_one_that_goes_away_leaves_the_others_alone(
    desk: Desk, database: TestDatabase, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gather, "PATIENCE_SECONDS", 3600.0)  # the second batch waits for the first
    async with gate(database, LOCK_HISTORY) as held:
        attempts = each_one(desk)
        await held.until_waiting(1)  # the batch is on its way
        attempts[3].cancel()
        late = [
            asyncio.create_task(desk.acquire(desk.staff[n], desk.appointments[20 + n]))
            for n in (0, 1)
        ]
        await desk.crowd.send(desk.staff[5], "GET", "/auth/me")
        late[0].cancel()  # before it was sent
        await held.open()
        answers = [await attempt for attempt in attempts if attempt is not attempts[3]]
        answers.append(await late[1])
    assert {answer.status for answer in answers} == {200}
    assert attempts[3].cancelled()
    # What was sent is done, and will run out; what was not is not.
    taken = {row["appointment_id"] for row in make.all("SELECT appointment_id FROM edit_locks")}
    assert desk.appointments[3] in taken
    assert desk.appointments[20] not in taken
    assert_clean(database.server_url)


@pytest.mark.parametrize("asks", ["acquire", "look"])
async def test_a_full_queue_is_refused(
    desk: Desk, database: TestDatabase, monkeypatch: pytest.MonkeyPatch, asks: str
) -> None:
    monkeypatch.setattr(gather, "MAXIMUM_CALLS", 5)
    ask = desk.acquire if asks == "acquire" else desk.look
    async with gate(database, LOCK_FROM_READERS) as held:
        attempts = asyncio.gather(
            *(ask(user, mine) for user, mine in zip(desk.staff, desk.appointments, strict=False))
        )
        await held.until_waiting(1)
        await held.open()
        answers: list[Answer] = list(await attempts)
    assert [answer.status for answer in answers] == [200] * 5 + [503] * 15
    assert {answer.scenario for answer in answers[5:]} == {"unavailable"}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers[5:])
    assert (await ask(desk.staff[9], desk.appointments[9])).status == 200


async def test_a_slow_database_does_not_stop_what_is_behind(
    desk: Desk, database: TestDatabase
) -> None:
    pairs = list(zip(desk.staff, desk.appointments, strict=False))
    async with gate(database, LOCK_HISTORY) as held:
        first = [asyncio.create_task(desk.acquire(*pair)) for pair in pairs[:10]]
        await held.until_waiting(1)
        second = [asyncio.create_task(desk.acquire(*pair)) for pair in pairs[10:]]
        # They go although the first batch has not come back, and not one by one.
        await held.until_waiting(2)
        looks = await all_of(desk.look(*pair) for pair in pairs)
        assert {answer.json()["state"] for answer in looks} == {"unlocked"}
        await held.open()
        answers = [await attempt for attempt in [*first, *second]]
    assert {answer.status for answer in answers} == {200}
    assert desk.transactions() == 2


async def test_without_the_database_all_are_told(desk: Desk, database: TestDatabase) -> None:
    async with gate(database, LOCK_HISTORY) as held:
        attempts = each_one(desk)
        await held.until_waiting(1)
        with psycopg.connect(database.superuser_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        answers = await all_of(attempts)
    assert {(answer.status, answer.scenario) for answer in answers} == {(503, "unavailable")}

    async def back() -> bool:
        return (await desk.acquire(desk.staff[0], desk.appointments[0])).status == 200

    await eventually(back, "the pool has new connections")


async def test_batches_of_two_servers_and_writes_of_many_never_deadlock(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    rounds, chance = 12, random.Random(20)
    async with (
        desk_of(database, settings, make, connections=6) as desk,
        crowd_of(database, settings, connections=6) as other_server,
    ):
        servers = (desk.crowd, other_server)
        contested = desk.appointments[:12]

        async def changes(server: Crowd, user: User) -> None:
            for appointment in chance.sample(contested, 3):
                path = f"/appointments/{appointment}"
                taken = await server.send(user, "POST", f"{path}/acquire-lock")
                assert taken.status in (200, 409), taken.body
                given = await server.send(user, "DELETE", f"{path}/release-lock")
                assert given.status in (200, 403, 404), given.body

        async def writes(server: Crowd) -> None:
            ids = chance.sample([str(one) for one in contested], 8)
            body = {"action": "set_priority", "priority": "vip", "ids": ids}
            answer = await server.send(desk.staff[-1], "POST", "/appointments/bulk", body)
            assert answer.status == 200, answer.body

        async def keyed(server: Crowd, user: User) -> None:
            path = f"/appointments/{chance.choice(contested)}/acquire-lock"
            answer = await server.send(user, "POST", path, key="new")
            assert answer.status in (200, 409), answer.body

        for _ in range(rounds):
            await asyncio.gather(
                *(changes(server, user) for server in servers for user in desk.staff[:8]),
                *(writes(server) for server in servers),
                *(keyed(server, user) for server in servers for user in desk.staff[8:12]),
            )
    assert deadlocks(database) == 0
    for row in make.all(
        "SELECT l.version, array_agg(h.lock_version ORDER BY h.lock_version) AS granted "
        "FROM edit_locks AS l JOIN edit_lock_history AS h USING (appointment_id) "
        "WHERE h.action IN ('acquired', 'renewed') GROUP BY l.appointment_id"
    ):
        assert row["granted"] == list(range(1, row["version"] + 1))
    assert_clean(database.server_url)


async def test_the_race_is_seen_where_the_locks_are_missing(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    # Without its row locks, a batch grants what another one has granted.
    break_function(database, "try_edit_locks", "FOR NO KEY UPDATE SKIP LOCKED", "")
    async with desk_of(database, settings, make, connections=6) as desk:
        wanted = desk.appointments[0]
        await desk.acquire(desk.staff[0], wanted)
        await desk.release(desk.staff[0], wanted)
        make.db.execute(PAUSE)
        async with gate(database, "SELECT pg_advisory_xact_lock(1)") as held:
            attempts: list[asyncio.Task[Answer]] = []
            for n in range(2):
                attempts += [
                    asyncio.create_task(desk.acquire(desk.staff[n], wanted)),
                    asyncio.create_task(desk.acquire(desk.staff[n], desk.appointments[1 + n])),
                ]
                await held.until_waiting(n + 1)
            await held.open()
            statuses = [answer.status for answer in await all_of(attempts)]
    assert statuses == [200] * 4
