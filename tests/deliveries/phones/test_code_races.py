"""Tries and codes at the same time, by real connections (docs/concurrency.md)."""

import asyncio
from collections import Counter

import psycopg

from holdfast.channels.phones.codes import QUERIES, TRIES, code_hashes
from holdfast.kernel.db import Database, fetch_one
from tests.concurrency.support import eventually
from tests.deliveries.phones.people import (
    NUMBER,
    SETTINGS,
    another,
    code_in,
    codes_of,
    known_of,
    with_phone,
)
from tests.support.api import Api
from tests.support.cluster import TestDatabase
from tests.support.make import Make, User


async def attempt(db: Database, user: User, code: str) -> str:
    parameters = {
        "user_id": user.id,
        "hashes": code_hashes(SETTINGS, user.id, code),
        "tries": TRIES,
    }
    row = await db.run(lambda c: fetch_one(c, QUERIES.check_phone_code, parameters))
    assert row is not None
    return row["outcome"]


async def sent_code(api: Api, make: Make) -> tuple[User, str]:
    user = with_phone(make)
    answer = await api.post(f"/users/{user.id}/phone-verification", user, json={})
    assert answer.status_code == 202
    return user, code_in(codes_of(make, user)[-1])


async def test_of_forty_wrong_codes_at_once_five_are_compared(
    api: Api, make: Make, db: Database
) -> None:
    user, code = await sent_code(api, make)
    guesses = [attempt(db, user, another(code, by)) for by in range(1, 41)]
    assert Counter(await asyncio.gather(*guesses)) == {"wrong": 5, "expired": 35}
    known = known_of(make, user)
    assert known is not None
    assert known["code_tries"] == TRIES
    assert await attempt(db, user, code) == "expired"


async def test_an_attempt_waits_for_a_change_of_the_number(
    api: Api, make: Make, db: Database, database: TestDatabase
) -> None:
    """A change of the profile holds the row: the code that was right a moment ago is not."""
    user, code = await sent_code(api, make)
    async with db.transaction() as changing:
        await changing.execute(
            "UPDATE users SET phone = %s, phone_e164 = %s WHERE id = %s",
            ["+491715556678", "+491715556678", user.id],
        )
        waiting = asyncio.create_task(attempt(db, user, code))
        await until_somebody_waits(database)
        assert not waiting.done()
    assert await waiting == "expired"
    known = known_of(make, user)
    assert known is not None
    assert (known["address"], known["state"]) == (NUMBER, "unverified")


async def test_an_attempt_with_the_former_code_meets_the_new_one(
    api: Api, make: Make, db: Database, database: TestDatabase
) -> None:
    user, code = await sent_code(api, make)
    new = another(code)
    async with db.transaction() as asking:
        await asking.execute("SELECT FROM users WHERE id = %s FOR NO KEY UPDATE", [user.id])
        waiting = asyncio.create_task(attempt(db, user, code))
        await until_somebody_waits(database)
        await asking.execute(
            "UPDATE channel_addresses SET code_hash = %s, code_tries = 0 WHERE user_id = %s",
            [code_hashes(SETTINGS, user.id, new)[0], user.id],
        )
    assert await waiting == "wrong"
    assert await attempt(db, user, new) == "verified"


async def test_of_many_codes_asked_for_at_once_the_last_one_counts(api: Api, make: Make) -> None:
    user = with_phone(make)
    path = f"/users/{user.id}/phone-verification"
    answers = await asyncio.gather(*(api.post(path, user, json={}) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {202}
    deliveries = codes_of(make, user)
    [waiting] = [delivery for delivery in deliveries if delivery["state"] == "pending"]
    assert Counter(delivery["state"] for delivery in deliveries) == {"superseded": 7, "pending": 1}
    answer = await api.put(path, user, json={"code": code_in(waiting)})
    assert answer.status_code == 200


async def until_somebody_waits(database: TestDatabase) -> None:
    query = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND datname = current_database())"
    )
    with psycopg.connect(database.superuser_url, autocommit=True) as watch:

        async def somebody_waits() -> bool:
            return watch.execute(query).fetchall() == [(True,)]

        await eventually(somebody_waits, "somebody waits for a lock", 5)
