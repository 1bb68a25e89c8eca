"""Many clients want the same thing at once: one gets it, and all are told the truth (I1)."""

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg import AsyncConnection
from pydantic import SecretStr

from holdfast.config import Settings
from holdfast.verify import assert_clean
from tests.concurrency.support import (
    LOCK_SLOT,
    Answer,
    Crowd,
    all_of,
    break_function,
    crowd_of,
    deadlocks,
    gate,
    history_of_slots,
)
from tests.support.api import Api
from tests.support.cluster import TestDatabase
from tests.support.make import SECRET_KEY, Make, Place, User, soon
from tests.support.rounds import rounds
from tests.support.server import Server, as_url

CLIENTS = 100
ROUNDS = rounds(20)
# Held by the test, this lets everybody decide but nobody write.
LOCK_RESERVATIONS = "LOCK TABLE reservations IN SHARE MODE"


@pytest.fixture(params=["on", "off"], ids=["gathered", "alone"])
def settings(request: pytest.FixtureRequest) -> Settings:
    """Every race is run both ways: reserves in common transactions, and each in its own."""
    return Settings(secret_key=SecretStr(SECRET_KEY), rate_limit="off", gather=request.param)


def in_line(settings: Settings) -> int:
    """How many connections wait for a slot that all clients want.

    Gathered: what goes first, alone or as a batch that finds the slot locked, then asks again; and
    the others in batches of 64.
    """
    return 2 if settings.gather == "on" else CLIENTS


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def winner_of(answers: list[Answer], scenario: str) -> Answer:
    """The one 201; all others must be this 409, with alternatives that can be had."""
    won = [answer for answer in answers if answer.status == 201]
    lost = [answer for answer in answers if answer.status != 201]
    assert len(won) == 1, statuses(answers)
    for answer in lost:
        assert (answer.status, answer.scenario) == (409, scenario), answer
        offered = answer.json()["details"]["alternatives"]
        assert 1 <= len(offered) <= 5
        assert {timeslot["status"] for timeslot in offered} == {"available"}
    return won[0]


@pytest.mark.race
@pytest.mark.timeout(600)
async def test_100_clients_reserve_one_slot(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    place = make.place()
    clients = [make.client() for _ in range(CLIENTS)]
    slots = make.slots(place, ROUNDS + 5)
    async with crowd_of(database, settings, connections=25) as crowd:
        for slot_id in slots[:ROUNDS]:
            random.shuffle(clients)
            answers = await all_of(crowd.reserve(client, place, slot_id) for client in clients)
            winner = winner_of(answers, "slot_held")
            client = clients[answers.index(winner)]
            booked = await crowd.book(client, winner.json()["reservationToken"])
            assert booked.status == 201, booked
            assert booked.json()["slotId"] == str(slot_id)
            assert booked.json()["userId"] == str(client.id)
    assert deadlocks(database) == 0
    histories = history_of_slots(make)
    assert {tuple(histories[str(slot_id)]) for slot_id in slots[:ROUNDS]} == {
        ("published", "held", "booked")
    }
    assert_clean(database.server_url)
    counted = make.one("SELECT count(*) FROM reservations WHERE status = 'used'")
    assert counted["count"] == ROUNDS == len(make.all("SELECT FROM appointments WHERE is_live"))


async def reserve_behind_a_gate(
    database: TestDatabase, settings: Settings, make: Make, times: int
) -> list[list[Answer]]:
    """Rounds in which all clients have their statement running when the slot row comes free."""
    place = make.place()
    clients = [make.client() for _ in range(CLIENTS)]
    slots = make.slots(place, times + 5)
    rounds_answers: list[list[Answer]] = []
    async with crowd_of(database, settings, connections=CLIENTS) as crowd:
        # Known to the server, they all arrive in the same moment.
        await all_of(crowd.send(client, "GET", "/auth/me") for client in clients)
        for slot_id in slots[:times]:
            async with gate(database, LOCK_SLOT, slot_id) as held:
                attempts = asyncio.gather(
                    *(crowd.reserve(client, place, slot_id) for client in clients)
                )
                await held.until_waiting(in_line(settings))
                await held.open()
                answers = list(await attempts)
            rounds_answers.append(answers)
            await release_all(crowd, clients, answers)
    return rounds_answers


async def release_all(crowd: Crowd, clients: list[User], answers: list[Answer]) -> None:
    """Let go what was won, so that nobody reaches the limit of live reservations."""
    for client, answer in zip(clients, answers, strict=True):
        if answer.status == 201 and "reservationToken" in answer.json():
            token = answer.json()["reservationToken"]
            await crowd.send(client, "DELETE", f"/reservations/{token}")


async def test_100_connections_wait_for_one_slot(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    for answers in await reserve_behind_a_gate(database, settings, make, times=10):
        winner_of(answers, "slot_held")
    assert deadlocks(database) == 0
    assert_clean(database.server_url)


async def test_the_race_is_seen_where_the_lock_is_missing(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    # Without the row lock and the constraint behind it, this harness shows a winner for each
    # transaction.
    break_function(database, "reserve_slot", "FOR NO KEY UPDATE", "")
    break_function(database, "reserve_slots", "FOR NO KEY UPDATE SKIP LOCKED", "")
    make.db.execute("DROP INDEX reservations_slot_key")
    (answers,) = await reserve_behind_a_gate(database, settings, make, times=1)
    assert statuses(answers)[201] == in_line(settings)


@pytest.mark.timeout(600)
async def test_100_clients_of_two_servers_over_real_sockets(
    database: TestDatabase, settings: Settings, make: Make, tmp_path: Path
) -> None:
    place = make.place()
    clients = [make.client() for _ in range(CLIENTS)]
    times = 6
    slots = make.slots(place, times + 5)
    env = {
        "HOLDFAST_DATABASE_URL": as_url(database.server_url),
        "HOLDFAST_GATHER": settings.gather,
    }
    folders = [tmp_path / "one", tmp_path / "two"]
    async with AsyncExitStack() as stack:
        apis: list[Api] = []
        for folder in folders:
            folder.mkdir()
            server = stack.enter_context(Server(folder, "api", env=env))
            limits = httpx.Limits(max_connections=CLIENTS)
            client = httpx.AsyncClient(base_url=server.url, limits=limits, timeout=30)
            apis.append(Api(await stack.enter_async_context(client)))
        for slot_id in slots[:times]:
            responses = await asyncio.gather(
                *(
                    apis[number % 2].reserve(client, place, slot_id)
                    for number, client in enumerate(clients)
                )
            )
            answers = [
                Answer(response.status_code, response.headers, response.content)
                for response in responses
            ]
            winner = winner_of(answers, "slot_held")
            client = clients[answers.index(winner)]
            # The other server knows of it, too.
            other = apis[(answers.index(winner) + 1) % 2]
            booked = await other.book(client, winner.json()["reservationToken"])
            assert booked.status_code == 201, booked.text
    assert deadlocks(database) == 0
    assert len(make.all("SELECT FROM appointments WHERE is_live")) == times


async def test_100_direct_bookings_of_one_slot(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    place, start = make.place(), soon()
    clients = [make.client() for _ in range(CLIENTS)]
    times = 5
    slots = make.slots(place, times + 5, start)
    async with crowd_of(database, settings, connections=CLIENTS) as crowd:
        for number in range(times):
            time = start + timedelta(minutes=30 * number)
            async with gate(database, LOCK_SLOT, slots[number]) as held:
                attempts = asyncio.gather(
                    *(
                        crowd.book_at(client, place, time, ifUnavailable="fail")
                        for client in clients
                    )
                )
                await held.until_waiting(CLIENTS)
                await held.open()
                winner = winner_of(list(await attempts), "slot_booked")
            assert winner.json()["slotId"] == str(slots[number])
    assert deadlocks(database) == 0
    assert_clean(database.server_url)
    assert len(make.all("SELECT FROM appointments")) == times
    histories = history_of_slots(make)
    assert all(histories[str(slot_id)] == ["published", "booked"] for slot_id in slots[:times])


async def test_those_who_come_too_late_file_requests(crowd: Crowd, make: Make) -> None:
    place, start = make.place(), soon()
    slot_id = make.slot(place, start)
    clients = [make.client() for _ in range(CLIENTS)]
    answers = await all_of(crowd.book_at(client, place, start) for client in clients)
    assert statuses(answers) == {201: CLIENTS}
    booked = [answer.json() for answer in answers if answer.json()["status"] == "confirmed"]
    assert [appointment["slotId"] for appointment in booked] == [str(slot_id)]
    requested = [answer.json() for answer in answers if answer.json()["status"] == "requested"]
    assert len(requested) == CLIENTS - 1
    assert {appointment["slotId"] for appointment in requested} == {None}


async def test_reserving_and_booking_directly_at_once(
    crowd: Crowd, database: TestDatabase, make: Make
) -> None:
    place, start = make.place(), soon()
    clients = [make.client() for _ in range(40)]
    times = 10
    slots = make.slots(place, times + 5, start)
    for number in range(times):
        time = start + timedelta(minutes=30 * number)
        answers = await all_of(
            crowd.reserve(client, place, slots[number])
            if place_in_line % 2
            else crowd.book_at(client, place, time, ifUnavailable="fail")
            for place_in_line, client in enumerate(clients)
        )
        winners = [answer for answer in answers if answer.status == 201]
        assert len(winners) == 1, statuses(answers)
        booked = "slotId" in winners[0].json()
        refusals = {answer.scenario for answer in answers if answer.status != 201}
        assert refusals == {"slot_booked" if booked else "slot_held"}
        await release_all(crowd, clients, answers)
    assert_clean(database.server_url)


@pytest.mark.parametrize("times", [2, CLIENTS])
async def test_one_reservation_is_booked_once(
    database: TestDatabase, settings: Settings, make: Make, times: int
) -> None:
    place, client = make.place(), make.client()
    slot_id = make.slot(place)
    async with (
        crowd_of(database, settings, connections=5) as one,
        crowd_of(database, settings, connections=5) as other,
    ):
        reserved = await one.reserve(client, place, slot_id)
        token = reserved.json()["reservationToken"]
        async with gate(database, LOCK_SLOT, slot_id) as held:
            attempts = asyncio.gather(
                *((one, other)[number % 2].book(client, token) for number in range(times))
            )
            # In one server they take turns.
            await held.until_waiting(2)
            await held.open()
            answers = list(await attempts)
    assert statuses(answers) == {201: 1, 410: times - 1}
    refusals = {answer.scenario for answer in answers if answer.status == 410}
    assert refusals == {"reservation_used"}
    assert len(make.all("SELECT FROM appointments")) == 1
    assert deadlocks(database) == 0
    assert_clean(database.server_url)


async def test_one_client_reserves_one_slot_many_times(crowd: Crowd, make: Make) -> None:
    place, client = make.place(), make.client()
    slot_id = make.slot(place)
    answers = await all_of(crowd.reserve(client, place, slot_id) for _ in range(CLIENTS))
    assert statuses(answers) == {201: 1, 200: CLIENTS - 1}
    assert len({answer.body for answer in answers}) == 1
    assert len(make.all("SELECT FROM reservations")) == 1


async def reserve_many_slots(
    database: TestDatabase, settings: Settings, place: Place, client: User, slots: list[object]
) -> list[Answer]:
    """One client reserves many slots; no reservation is written before all have arrived."""
    async with (
        crowd_of(database, settings, connections=len(slots)) as crowd,
        gate(database, LOCK_RESERVATIONS) as held,
    ):
        attempts = asyncio.gather(*(crowd.reserve(client, place, slot_id) for slot_id in slots))
        # Gathered, they are one transaction.
        await held.until_waiting(1 if settings.gather == "on" else len(slots))
        await held.open()
        return list(await attempts)


async def test_a_client_never_holds_more_than_three(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    place, client = make.place(), make.client()
    slots: list[object] = [*make.slots(place, 20)]
    answers = await reserve_many_slots(database, settings, place, client, slots)
    assert statuses(answers) == {201: 3, 429: 17}
    refused = [answer for answer in answers if answer.status == 429]
    assert {answer.scenario for answer in refused} == {"too_many_reservations"}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert len(make.all("SELECT FROM slots WHERE status = 'held'")) == 3
    assert len(make.all("SELECT FROM reservations WHERE status = 'live'")) == 3


async def test_a_client_of_two_servers_never_holds_more_than_three(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    place, client = make.place(), make.client()
    slots = make.slots(place, 20)
    async with (
        crowd_of(database, settings, connections=10) as one,
        crowd_of(database, settings, connections=10) as two,
    ):
        for _ in range(5):
            answers = await all_of(
                crowd.reserve(client, place, slot_id)
                for crowd, some in ((one, slots[:10]), (two, slots[10:]))
                for slot_id in some
            )
            assert statuses(answers) == {201: 3, 429: 17}
            await release_all(one, [client] * len(answers), answers)
    assert deadlocks(database) == 0
    assert_clean(database.server_url)


@pytest.mark.parametrize("settings", ["off"], indirect=True)
async def test_more_than_three_are_seen_where_the_lock_is_missing(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    place, client = make.place(), make.client()
    slots: list[object] = [*make.slots(place, 20)]
    break_function(database, "reserve_slot", "PERFORM lock_client(p_user_id);", "")
    answers = await reserve_many_slots(database, settings, place, client, slots)
    assert statuses(answers) == {201: 20}


async def test_the_limit_holds_in_waves(crowd: Crowd, make: Make) -> None:
    place, client = make.place(), make.client()
    slots = make.slots(place, 12)
    for _ in range(10):
        answers = await all_of(crowd.reserve(client, place, slot_id) for slot_id in slots)
        won = [answer.json()["reservationToken"] for answer in answers if answer.status == 201]
        assert statuses(answers) == {201: 3, 429: 9}
        released = await all_of(
            crowd.send(client, "DELETE", f"/reservations/{token}") for token in won
        )
        assert statuses(released) == {204: 3}
    assert make.all("SELECT FROM slots WHERE status <> 'available'") == []


async def test_the_deadlock_count_notices_one(database: TestDatabase, make: Make) -> None:
    one, two = make.slots(make.place(), 2)
    async with (
        await AsyncConnection.connect(database.server_url) as first,
        await AsyncConnection.connect(database.server_url) as second,
    ):
        await first.execute(LOCK_SLOT, [one])
        await second.execute(LOCK_SLOT, [two])
        outcomes = await asyncio.gather(
            first.execute(LOCK_SLOT, [two]),
            second.execute(LOCK_SLOT, [one]),
            return_exceptions=True,
        )
        undone = [outcome for outcome in outcomes if isinstance(outcome, psycopg.Error)]
        assert [type(error) for error in undone] == [psycopg.errors.DeadlockDetected]
    assert deadlocks(database) == 1
