"""What a client may have holds however much it asks for at once, and promises as prices change."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from pydantic import SecretStr

from holdfast.config import Settings
from holdfast.verify import assert_clean
from tests.concurrency.support import (
    Answer,
    Crowd,
    all_of,
    break_function,
    crowd_of,
    deadlocks,
    gate,
)
from tests.support.cluster import TestDatabase
from tests.support.make import SECRET_KEY, Make, Place, User, soon

TIMES = 20
# Held by the test, this lets everybody decide but nobody write.
LOCK_APPOINTMENTS = "LOCK TABLE appointments IN SHARE MODE"


@pytest.fixture(params=["on", "off"], ids=["gathered", "alone"])
def settings(request: pytest.FixtureRequest) -> Settings:
    return Settings(secret_key=SecretStr(SECRET_KEY), rate_limit="off", gather=request.param)


def outcomes(answers: Sequence[Answer]) -> Counter[Any]:
    return Counter(answer.scenario or answer.status for answer in answers)


def free_times(make: Make, place: Place, count: int) -> list[datetime]:
    """The starts of that many free slots, none next to another."""
    starts = [soon(number, days=3) for number in range(count)]
    for start in starts:
        make.slot(place, start)
    return starts


async def by_two_servers(
    database: TestDatabase, settings: Settings, client: User, place: Place, starts: list[datetime],
    **given: Any,
) -> list[Answer]:  # fmt: skip
    """All at once, half of them with another process's pool."""
    async with (
        crowd_of(database, settings, connections=10) as one,
        crowd_of(database, settings, connections=10) as two,
    ):
        return await all_of(
            (one, two)[number % 2].book_at(client, place, start, **given)
            for number, start in enumerate(starts)
        )


async def test_bookings_end_at_ten(database: TestDatabase, settings: Settings, make: Make) -> None:
    place, client = make.place(), make.client()
    starts = free_times(make, place, TIMES)
    answers = await by_two_servers(database, settings, client, place, starts, ifUnavailable="fail")
    assert outcomes(answers) == {201: 10, "too_many_appointments": 10}
    assert len(make.all("SELECT FROM slots WHERE status = 'booked'")) == 10
    assert deadlocks(database) == 0
    assert_clean(database.server_url)


async def test_requests_end_at_five(database: TestDatabase, settings: Settings, make: Make) -> None:
    place, client = make.place(), make.client()
    starts = [soon(number, days=3) for number in range(TIMES)]
    answers = await by_two_servers(database, settings, client, place, starts)
    assert outcomes(answers) == {201: 5, "too_many_appointments": 15}
    assert len(make.all("SELECT FROM appointments WHERE status = 'requested'")) == 5
    assert deadlocks(database) == 0


async def test_of_bookings_at_one_time_one_is_made(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    client, start = make.client(), soon(days=3)
    places = [make.place() for _ in range(TIMES)]
    for place in places:
        make.slot(place, start)
    async with crowd_of(database, settings, connections=TIMES) as crowd:
        answers = await all_of(crowd.book_at(client, place, start) for place in places)
    assert outcomes(answers) == {201: 1, "client_overlap": TIMES - 1}
    assert deadlocks(database) == 0


async def held_with_eight_booked(crowd: Crowd, make: Make, place: Place, client: User) -> list[str]:
    """The tokens of three reservations of a client who has eight appointments."""
    for start in free_times(make, place, 8):
        assert (await crowd.book_at(client, place, start)).status == 201
    tokens: list[str] = []
    for number in range(3):
        slot_id = make.slot(place, soon(number, days=5))
        tokens.append((await crowd.reserve(client, place, slot_id)).json()["reservationToken"])
    return tokens


async def test_reserved_ones_end_at_ten(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    """With tokens, directly and by moving at once: in batches as well."""
    place, client = make.place(), make.client()
    async with (
        crowd_of(database, settings, connections=10) as one,
        crowd_of(database, settings, connections=10) as two,
    ):
        tokens = await held_with_eight_booked(one, make, place, client)
        starts = [soon(number, days=7) for number in range(10)]
        for start in starts:
            make.slot(place, start)
        answers = await all_of(
            [
                *((one, two)[n % 2].book(client, token) for n, token in enumerate(tokens)),
                *(
                    (one, two)[n % 2].book_at(client, place, start, ifUnavailable="fail")
                    for n, start in enumerate(starts)
                ),
            ]
        )
    assert outcomes(answers) == {201: 2, "too_many_appointments": 11}
    assert len(make.all("SELECT FROM appointments WHERE status = 'confirmed'")) == 10
    assert deadlocks(database) == 0
    assert_clean(database.server_url)


@pytest.mark.parametrize("settings", ["off"], indirect=True)
async def test_more_than_ten_are_seen_where_the_lock_is_missing(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    place, client = make.place(), make.client()
    starts = free_times(make, place, TIMES)
    break_function(database, "book_directly", "PERFORM lock_client(p_user_id);", "NULL;")
    async with (
        crowd_of(database, settings, connections=TIMES) as crowd,
        gate(database, LOCK_APPOINTMENTS) as held,
    ):
        attempts = asyncio.gather(*(crowd.book_at(client, place, start) for start in starts))
        await held.until_waiting(TIMES)
        await held.open()
        answers = list(await attempts)
    assert outcomes(answers) == {201: TIMES}


async def test_prices_that_change_meanwhile(
    database: TestDatabase, settings: Settings, make: Make
) -> None:
    """What a reserve answered is what is booked, though the price changes against both."""
    place, admin = make.place(), make.admin()
    clients = [make.client() for _ in range(TIMES)]
    slots = make.slots(place, TIMES, soon(days=3))
    path = f"/services/{place.service_id}"

    async with crowd_of(database, settings, connections=25) as crowd:

        async def change(prices: range) -> None:
            for price in prices:
                body = {"priceCents": price, "cancellationPolicy": {"lateFeeCents": price}}
                answer = await crowd.send(admin, "PATCH", path, body, headers={"If-Match": "*"})
                assert answer.status == 200, answer

        async def take(client: User, slot_id: object) -> tuple[Answer, Answer]:
            reserved = await crowd.reserve(client, place, slot_id)
            return reserved, await crowd.book(client, reserved.json()["reservationToken"])

        taken, _ = await asyncio.gather(
            asyncio.gather(
                *(take(client, slot) for client, slot in zip(clients, slots, strict=True))
            ),
            change(range(6000, 6030)),
        )
    for reserved, booked in taken:
        assert booked.status == 201, booked
        price = reserved.json()["priceCents"]
        assert booked.json()["priceCents"] == price
        policy = booked.json()["cancellationPolicy"]
        assert policy["feeCents"] == (2500 if price == 5000 else price), "of the same moment"
    assert deadlocks(database) == 0
    assert_clean(database.server_url)
