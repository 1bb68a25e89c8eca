"""Gathered reserves: what happens to one member of a batch is no concern of the others."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
import pytest

from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.kernel import gather
from holdfast.kernel.db import Database
from holdfast.verify import assert_clean
from tests.concurrency.support import (
    LOCK_SLOT,
    Answer,
    Crowd,
    all_of,
    crowd_of,
    eventually,
    fail_inserts_of,
    gate,
    history_of_slots,
)
from tests.support.cluster import TestDatabase
from tests.support.make import Make, Place, User


@pytest.fixture
def place(make: Make) -> Place:
    return make.place()


@pytest.fixture
def clients(make: Make) -> list[User]:
    return [make.client() for _ in range(20)]


@pytest.fixture
def slots(make: Make, place: Place) -> list[UUID]:
    return make.slots(place, 30)


@pytest.fixture
async def crowd(
    database: TestDatabase, settings: Settings, clients: list[User]
) -> AsyncIterator[Crowd]:
    async with crowd_of(database, settings, connections=10) as crowd:
        await introduce(crowd, clients)
        yield crowd


async def introduce(crowd: Crowd, clients: list[User]) -> None:
    """Let the server get to know them: what comes at once then goes at once, too."""
    await all_of(crowd.send(client, "GET", "/auth/me") for client in clients)


def transactions(make: Make) -> int:
    """How many transactions have made the reservations there are."""
    return make.one("SELECT count(DISTINCT xmin::text) FROM reservations")["count"]


def people_of_held(make: Make) -> dict[str, tuple[str, str]]:
    """For each held slot, who holds it, and who did it according to history."""
    rows = make.all(
        "SELECT s.id, r.user_id, e.actor_id, s.acting FROM slots AS s "
        "JOIN reservations AS r ON r.id = s.reservation_id "
        "JOIN slot_audit AS e ON e.slot_id = s.id AND e.version = s.version"
    )
    assert {row["acting"] for row in rows} <= {None}
    return {str(row["id"]): (str(row["user_id"]), str(row["actor_id"])) for row in rows}


async def test_a_batch_is_one_transaction_and_everybody_signs_for_themselves(
    crowd: Crowd, database: TestDatabase, make: Make, place: Place,
    clients: list[User], slots: list[UUID],
) -> None:  # fmt: skip
    pairs = list(zip(clients, slots, strict=False))
    answers = await all_of(crowd.reserve(client, place, slot) for client, slot in pairs)
    assert [answer.status for answer in answers] == [201] * len(pairs)
    assert [answer.json()["timeslotId"] for answer in answers] == [str(slot) for _, slot in pairs]
    assert transactions(make) == 1
    assert people_of_held(make) == {
        str(slot): (str(client.id), str(client.id)) for client, slot in pairs
    }
    booked = await all_of(
        crowd.book(client, answer.json()["reservationToken"])
        for (client, _), answer in zip(pairs, answers, strict=True)
    )
    assert {answer.status for answer in booked} == {201}
    assert_clean(database.server_url)


async def test_each_member_gets_its_own_outcome(
    crowd: Crowd, database: TestDatabase, make: Make, place: Place,
    clients: list[User], slots: list[UUID],
) -> None:  # fmt: skip
    other = make.place()
    first = await crowd.reserve(clients[0], place, slots[0])
    make.db.execute("UPDATE slots SET status = 'blocked' WHERE id = %s", [slots[1]])
    answers = await all_of([
        crowd.reserve(clients[0], place, slots[0]),  # its own
        crowd.reserve(clients[1], place, slots[0]),  # another's
        crowd.reserve(clients[2], place, slots[1]),  # blocked
        crowd.reserve(clients[3], other, slots[2]),  # of another provider
        crowd.reserve(clients[4], place, slots[3]),  # free
        crowd.reserve(clients[5], place, slots[3]),  # a moment later
        *(crowd.reserve(clients[6], place, slot) for slot in slots[4:8]),  # one too many
    ])  # fmt: skip
    assert [(answer.status, answer.scenario) for answer in answers] == [
        (200, None), (409, "slot_held"), (409, "slot_blocked"), (404, "not_found"), (201, None),
        (409, "slot_held"), (201, None), (201, None), (201, None), (429, "too_many_reservations"),
    ]  # fmt: skip
    assert answers[0].body == first.body
    assert_clean(database.server_url)


async def test_a_hold_that_has_run_out_is_ended_by_the_system(
    crowd: Crowd, database: TestDatabase, make: Make, place: Place,
    clients: list[User], slots: list[UUID],
) -> None:  # fmt: skip
    await crowd.reserve(clients[0], place, slots[0])
    make.db.execute("UPDATE reservations SET created_at = created_at - interval '1 hour', "
                    "expires_at = expires_at - interval '1 hour'")  # fmt: skip
    make.db.execute("UPDATE slots SET held_until = held_until - interval '1 hour' WHERE id = %s",
                    [slots[0]])  # fmt: skip
    answers = await all_of(
        crowd.reserve(client, place, slot)
        for client, slot in zip(clients[1:4], slots[:3], strict=True)
    )
    assert [answer.status for answer in answers] == [201, 201, 201]
    assert history_of_slots(make)[str(slots[0])][-2:] == ["expired", "held"]
    ended = make.one("SELECT actor_type FROM slot_audit WHERE action = 'expired'")
    assert ended["actor_type"] == "system"
    assert_clean(database.server_url)


async def test_one_that_fails_does_not_hurt_the_others(
    crowd: Crowd, database: TestDatabase, make: Make, place: Place,
    clients: list[User], slots: list[UUID],
) -> None:  # fmt: skip
    fail_inserts_of(make, "reservations", clients[7].id)
    pairs = list(zip(clients, slots, strict=False))
    answers = await all_of(crowd.reserve(client, place, slot) for client, slot in pairs)
    statuses = [answer.status for answer in answers]
    assert statuses == [500 if client is clients[7] else 201 for client, _ in pairs]
    assert len(make.all("SELECT FROM slots WHERE status = 'held'")) == len(pairs) - 1
    assert_clean(database.server_url)


async def test_one_slot_that_is_locked_delays_those_who_want_it_only(
    crowd: Crowd, database: TestDatabase, make: Make, place: Place,
    clients: list[User], slots: list[UUID],
) -> None:  # fmt: skip
    async with gate(database, LOCK_SLOT, slots[0]) as held:
        waiting = [
            asyncio.create_task(crowd.reserve(client, place, slots[0])) for client in clients[:2]
        ]
        others = await all_of(
            crowd.reserve(client, place, slot)
            for client, slot in zip(clients[2:], slots[1:], strict=False)
        )
        assert {answer.status for answer in others} == {201}
        await held.until_waiting(1)
        assert not any(task.done() for task in waiting)
        # Nor does it hold up who comes later.
        late = await crowd.reserve(clients[2], place, slots[25])
        assert late.status == 201
        await held.open()
        answers = [await task for task in waiting]
    assert [answer.status for answer in answers] == [201, 409]
    assert_clean(database.server_url)


async def test_a_client_that_goes_away_leaves_the_others_alone(
    crowd: Crowd, database: TestDatabase, make: Make, place: Place,
    clients: list[User], slots: list[UUID], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(gather, "PATIENCE_SECONDS", 3600.0)  # the second batch waits for the first
    async with gate(database, "LOCK TABLE reservations IN SHARE MODE") as held:
        attempts = [
            asyncio.create_task(crowd.reserve(client, place, slot))
            for client, slot in zip(clients, slots, strict=False)
        ]
        await held.until_waiting(1)  # the batch is on its way
        attempts[3].cancel()
        late = [
            asyncio.create_task(crowd.reserve(clients[n], place, slots[20 + n])) for n in (0, 1)
        ]
        await crowd.send(clients[5], "GET", "/auth/me")
        late[0].cancel()  # before it was sent
        await held.open()
        answers = [await attempt for attempt in attempts if attempt is not attempts[3]]
        answers.append(await late[1])
    assert {answer.status for answer in answers} == {201}
    assert attempts[3].cancelled()
    # What was sent is done, and will run out; what was not is not.
    held_slots = people_of_held(make)
    assert str(slots[3]) in held_slots
    assert str(slots[20]) not in held_slots
    assert_clean(database.server_url)


async def test_a_full_queue_is_refused(
    crowd: Crowd, database: TestDatabase, place: Place, clients: list[User],
    slots: list[UUID], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(gather, "MAXIMUM_CALLS", 5)
    async with gate(database, "LOCK TABLE reservations IN SHARE MODE") as held:
        attempts = asyncio.gather(
            *(
                crowd.reserve(client, place, slot)
                for client, slot in zip(clients, slots, strict=False)
            )
        )
        await held.until_waiting(1)
        await held.open()
        answers: list[Answer] = list(await attempts)
    statuses = [answer.status for answer in answers]
    assert statuses == [201] * 5 + [503] * 15
    assert {answer.scenario for answer in answers[5:]} == {"unavailable"}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers[5:])
    again = await crowd.reserve(clients[9], place, slots[9])
    assert again.status == 201


async def test_a_slow_database_does_not_stop_what_is_behind(
    database: TestDatabase, settings: Settings, make: Make, place: Place,
    clients: list[User], slots: list[UUID],
) -> None:  # fmt: skip
    db = Database(database.server_url, min_size=4, max_size=4)
    app = create_app(settings, db)
    async with app.router.lifespan_context(app):
        crowd = Crowd(app)
        await introduce(crowd, clients)
        async with gate(database, "LOCK TABLE reservations IN SHARE MODE") as held:
            first = [
                asyncio.create_task(crowd.reserve(client, place, slot))
                for client, slot in zip(clients[:10], slots[:10], strict=True)
            ]
            await held.until_waiting(1)
            second = [
                asyncio.create_task(crowd.reserve(client, place, slot))
                for client, slot in zip(clients[10:], slots[10:], strict=False)
            ]
            # They go although the first batch has not come back, and not one by one.
            await held.until_waiting(2)
            await held.open()
            answers = [await attempt for attempt in [*first, *second]]
    assert {answer.status for answer in answers} == {201}
    assert transactions(make) == 2


async def test_without_the_database_all_are_told(
    database: TestDatabase, settings: Settings, place: Place, clients: list[User],
    slots: list[UUID],
) -> None:  # fmt: skip
    async with crowd_of(database, settings, connections=2) as crowd:
        await introduce(crowd, clients)
        async with gate(database, "LOCK TABLE reservations IN SHARE MODE") as held:
            attempts = asyncio.gather(
                *(crowd.reserve(client, place, slot)
                  for client, slot in zip(clients, slots, strict=False))
            )  # fmt: skip
            await held.until_waiting(1)
            with psycopg.connect(database.superuser_url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
            answers = list(await attempts)
        assert {(answer.status, answer.scenario) for answer in answers} == {(503, "unavailable")}

        async def back() -> bool:
            return (await crowd.reserve(clients[0], place, slots[0])).status in (200, 201)

        await eventually(back, "the pool has new connections")
