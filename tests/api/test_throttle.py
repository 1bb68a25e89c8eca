"""The throttle of sign-in, sign-up, refresh and reset mails (SPEC 4.1)."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from holdfast.accounts import limits, store_credentials, throttle
from holdfast.accounts.passwords import PasswordHasher
from holdfast.config import Settings
from holdfast.http.addresses import address_key
from holdfast.http.auth import secret_hash
from holdfast.http.context import Context
from holdfast.kernel.errors import Refusal
from tests.support.api import Api, problem
from tests.support.make import SECRET_KEY, Make
from tests.support.passwords import (
    NEW_PASSWORD,
    PASSWORD,
    password_hash,
    sign_in,
    tokens_of,
    user_with_password,
)

WRONG = "wrong password"


@pytest.fixture
def settings() -> Settings:
    return Settings(secret_key=SecretStr(SECRET_KEY), rate_limit="on")


def limited(response: httpx.Response) -> None:
    body = problem(response, 429, "rate_limited")
    seconds = int(response.headers["retry-after"])
    assert 0 < seconds <= 3600
    assert body["details"]["retryAfterSeconds"] == seconds
    assert response.headers["ratelimit-policy"]
    assert "r=0" in response.headers["ratelimit"]


def exhaust(make: Make, limit: limits.Limit, *, short_by: int = 0) -> None:
    """Use up every window of this kind."""
    make.db.execute(
        "UPDATE throttle_windows SET hits = %s WHERE key LIKE %s",
        [limit.hits - short_by, f"{limit.name}:%"],
    )


async def test_failures_from_an_address_close_an_account_to_that_address_for_a_while(
    api: Api, make: Make
) -> None:
    user, other = user_with_password(make), user_with_password(make)
    for _ in range(10):
        problem(await sign_in(api, user, WRONG), 401, "unauthenticated")
    limited(await sign_in(api, user, WRONG))
    limited(await sign_in(api, user))
    body = {"email": user.email.upper(), "password": PASSWORD}
    limited(await api.post("/auth/signin", json=body))
    limited(await api.post("/auth/session", json=body))
    assert (await sign_in(api, other)).status_code == 200

    make.db.execute("UPDATE sign_in_failures SET expires_at = now() - interval '1 second'")
    assert (await sign_in(api, user)).status_code == 200


@asynccontextmanager
async def from_address(api: Api, address: str) -> AsyncIterator[Api]:
    """The same server, reached from another address."""
    transport = api.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    theirs = httpx.ASGITransport(transport.app, client=(address, 1234))
    async with httpx.AsyncClient(transport=theirs, base_url="http://holdfast.test") as client:
        yield Api(client)


async def test_nobody_locks_an_account_from_elsewhere(api: Api, make: Make) -> None:
    user = user_with_password(make)
    for number in range(4):
        async with from_address(api, f"192.0.2.{number}") as attacker:
            for _ in range(10):
                problem(await sign_in(attacker, user, WRONG), 401, "unauthenticated")
            limited(await sign_in(attacker, user, WRONG))
    assert (await sign_in(api, user)).status_code == 200


async def test_an_account_under_attack_allows_fewer_guesses_and_the_right_password(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = slowed(monkeypatch)
    user = user_with_password(make)
    set_hits(make, await key_of(api, user.email), "", limits.SIGN_IN_RULES["account"])
    answers = [(await sign_in(api, user, WRONG)).status_code for _ in range(4)]
    assert answers == [401, 401, 401, 429]
    async with from_address(api, "192.0.2.9") as owner:
        answer = await sign_in(owner, user)
        assert answer.status_code == 200
        assert answer.headers["ratelimit-policy"] == '"signin";q=3;w=900'
    assert len(waits) == 4
    assert (await sign_in(api, user_with_password(make))).status_code == 200
    assert len(waits) == 4


async def test_an_address_that_fails_much_is_slowed_and_right_passwords_get_in(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = slowed(monkeypatch)
    monkeypatch.setitem(limits.SIGN_IN_RULES, "address", 12)
    for number in range(12):
        body = {"email": f"nobody{number}@example.test", "password": WRONG}
        problem(await api.post("/auth/signin", json=body), 401, "unauthenticated")
    assert waits == []
    user = user_with_password(make)
    assert (await sign_in(api, user)).status_code == 200
    assert len(waits) == 1
    answers = [(await sign_in(api, make.client(), WRONG)).status_code for _ in range(3)]
    assert answers == [401, 401, 401]
    victim = user_with_password(make)
    answers = [(await sign_in(api, victim, WRONG)).status_code for _ in range(4)]
    assert answers == [401, 401, 401, 429]
    assert (await sign_in(api, user)).status_code == 200


def slowed(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits of attempts that are slowed down, which are not waited for here."""
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(throttle, "wait", wait)
    return waits


async def key_of(api: Api, email: str) -> bytes:
    context = context_of_app(api)
    return bytes.fromhex(await context.db.run(lambda c: store_credentials.account_key(c, email)))


def context_of_app(api: Api) -> Context:
    transport = api.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    return cast(FastAPI, transport.app).state.context


def set_hits(make: Make, account: bytes, address: str, hits: int) -> None:
    make.db.execute(
        "INSERT INTO sign_in_failures VALUES (%s, %s, %s, now() + interval '1 hour')",
        [account, address, hits],
    )


async def test_unknown_accounts_are_throttled_alike(api: Api) -> None:
    body = {"email": "nobody@example.test", "password": PASSWORD}
    for _ in range(10):
        problem(await api.post("/auth/signin", json=body), 401, "unauthenticated")
    limited(await api.post("/auth/signin", json=body))


async def test_successes_do_not_count(api: Api, make: Make) -> None:
    user = user_with_password(make)
    for _ in range(12):
        assert (await sign_in(api, user)).status_code == 200
    answer = await sign_in(api, user)
    assert answer.headers["ratelimit-policy"] == '"signin";q=10;w=900'
    assert answer.headers["ratelimit"] == '"signin";r=10;t=900'
    failed = await sign_in(api, user, WRONG)
    assert '"signin";r=9;' in failed.headers["ratelimit"]


async def test_right_sign_ins_at_once_do_not_throttle_each_other(api: Api, make: Make) -> None:
    user = user_with_password(make)
    answers = await asyncio.gather(*(sign_in(api, user) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}


async def test_guesses_at_once_get_no_more_answers_than_guesses_in_turn(
    api: Api, make: Make
) -> None:
    user = user_with_password(make)
    answers = await asyncio.gather(*(sign_in(api, user, WRONG) for _ in range(80)))
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 70


async def test_spellings_of_an_account_share_one_counter(api: Api, make: Make) -> None:
    make.db.execute("UPDATE users SET email = 'admin@x.test' WHERE id = %s", [make.admin().id])
    dotted = "adm\u0130n@x.test"
    spellings = ["admin@x.test", "ADMIN@X.TEST", " admin@x.test ", "Admin@x.test"]
    # Whether a dotted capital I is an i is for the database to say: ICU and libc differ.
    one = make.one("SELECT lower(%s) = 'admin@x.test' AS same", dotted)["same"]
    if one:
        spellings.append(dotted)
    for number in range(10):
        body = {"email": spellings[number % len(spellings)], "password": WRONG}
        problem(await api.post("/auth/signin", json=body), 401, "unauthenticated")
    for spelling in (*spellings, dotted):
        answer = await api.post("/auth/signin", json={"email": spelling, "password": WRONG})
        assert answer.status_code == (401 if spelling == dotted and not one else 429)


async def test_of_all_characters_those_that_the_database_takes_for_one_share_a_counter(
    make: Make,
) -> None:
    row = make.one(
        "WITH spelled AS ("
        "  SELECT 'a' || chr(code) || 'b@x.test' AS email FROM generate_series(1, 1114111) AS code"
        "  WHERE code NOT BETWEEN 55296 AND 57343"
        ") SELECT count(*) AS spellings, count(DISTINCT account_key(email)) AS counters,"
        "  count(DISTINCT lower(email)) AS accounts,"
        "  count(DISTINCT (account_key(email), lower(email))) AS both FROM spelled"
    )
    assert row["counters"] == row["accounts"] == row["both"] < row["spellings"] == 1112063


async def test_the_key_is_made_as_the_unique_index_compares(make: Make) -> None:
    index = make.one("SELECT pg_get_indexdef('users_email_key'::regclass) AS text")["text"]
    assert "(lower(email))" in index
    body = make.one("SELECT prosrc AS text FROM pg_proc WHERE proname = 'account_key'")["text"]
    assert "lower(coalesce(p_email, ''))" in body


async def test_a_new_password_clears_the_accounts_counters(api: Api, make: Make) -> None:
    user, other = user_with_password(make), user_with_password(make)
    for each in (user, other):
        for _ in range(10):
            problem(await sign_in(api, each, WRONG), 401, "unauthenticated")
        limited(await sign_in(api, each))
    secret = "a-secret-of-a-reset-mail"
    make.db.execute(
        "INSERT INTO password_resets (secret_hash, user_id, expires_at) "
        "VALUES (%s, %s, now() + interval '1 hour')",
        [secret_hash(secret), user.id],
    )
    body = {"token": secret, "password": NEW_PASSWORD}
    assert (await api.post("/auth/password-reset", json=body)).status_code == 204
    assert (await sign_in(api, user, NEW_PASSWORD)).status_code == 200
    limited(await sign_in(api, other))


async def test_guesses_of_the_current_password_are_throttled(api: Api, make: Make) -> None:
    user = user_with_password(make)
    body = {"current": WRONG, "new": NEW_PASSWORD}
    for _ in range(10):
        problem(await api.post("/auth/password", user, json=body), 422, "validation_failed")
    limited(await api.post("/auth/password", user, json=body))
    limited(await api.post("/auth/password", user, json={**body, "current": PASSWORD}))


async def test_one_address_cannot_fill_the_queue_of_checks(api: Api, make: Make) -> None:
    hasher = PasswordHasher(workers=1, max_waiting=7)
    checks = [
        asyncio.create_task(hasher.matches("x", password_hash(), asked_by="192.0.2.1"))
        for _ in range(8)
    ]
    try:
        await asyncio.sleep(0)
        assert await hasher.matches(PASSWORD, password_hash(), asked_by="192.0.2.2")
        ended = await asyncio.gather(*checks, return_exceptions=True)
        assert [type(one) for one in ended] == [bool] * 4 + [Refusal] * 4
    finally:
        hasher.close()


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_ipv6_addresses_count_by_their_network(address: str, key: str) -> None:
    assert address_key(address) == key


async def test_an_undeclared_proxy_is_named_once(
    api: Api, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    user = user_with_password(make)
    forwarded = {"X-Forwarded-For": "192.0.2.1"}
    body = {"email": user.email, "password": PASSWORD}
    with caplog.at_level(logging.WARNING, logger="holdfast.http"):
        await sign_in(api, user)
        async with from_address(api, "1.1.1.1") as anybody:  # not a private peer
            await anybody.post("/auth/signin", json=body, headers=forwarded)
        assert "HOLDFAST_TRUSTED_PROXIES" not in caplog.text
        for _ in range(3):
            await api.post("/auth/signin", json=body, headers=forwarded)
    assert caplog.text.count("HOLDFAST_TRUSTED_PROXIES") == 1


async def test_sign_ups_are_limited(api: Api, make: Make) -> None:
    def body() -> dict[str, str]:
        return {"email": f"{uuid4().hex}@example.test", "password": PASSWORD, "name": "Kim"}

    answer = await api.post("/auth/signup", json=body())
    assert answer.headers["ratelimit-policy"] == '"signup";q=20;w=3600'
    assert answer.headers["ratelimit"] == '"signup";r=19;t=3600'
    exhaust(make, limits.SIGN_UPS_FROM_ADDRESS, short_by=1)
    assert (await api.post("/auth/signup", json=body())).status_code == 201
    limited(await api.post("/auth/signup", json=body()))


async def test_refreshes_are_limited(api: Api, make: Make) -> None:
    user = user_with_password(make)
    mine = (await tokens_of(api, user))["refreshToken"]
    answer = await api.post("/auth/refresh", json={"refreshToken": "x"})
    problem(answer, 401, "unauthenticated")
    assert answer.headers["ratelimit-policy"] == '"refresh";q=600;w=3600'
    exhaust(make, limits.REFRESHES)
    limited(await api.post("/auth/refresh", json={"refreshToken": "x"}))
    # What others send in vain from here stops nobody who has a token.
    answer = await api.post("/auth/refresh", json={"refreshToken": mine})
    assert answer.status_code == 200
    exhaust(make, limits.REFRESHES)
    mine = answer.json()["refreshToken"]
    limited(await api.post("/auth/refresh", json={"refreshToken": mine}))


async def test_reset_mails_are_limited(api: Api, make: Make) -> None:
    body = {"email": make.client().email}
    for _ in range(5):
        assert (await api.post("/auth/password-reset-request", json=body)).status_code == 202
    limited(await api.post("/auth/password-reset-request", json=body))
    other = {"email": make.client().email}
    assert (await api.post("/auth/password-reset-request", json=other)).status_code == 202
    exhaust(make, limits.RESET_MAILS_FROM_ADDRESS)
    unknown = {"email": "nobody@example.test"}
    limited(await api.post("/auth/password-reset-request", json=unknown))


class TestSwitchedOff:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(secret_key=SecretStr(SECRET_KEY), rate_limit="off")

    async def test_nothing_is_counted(self, api: Api, make: Make) -> None:
        user = user_with_password(make)
        for _ in range(15):
            problem(await sign_in(api, user, WRONG), 401, "unauthenticated")
        answer = await sign_in(api, user)
        assert answer.status_code == 200
        assert "ratelimit" not in answer.headers
        assert make.all("SELECT * FROM throttle_windows") == []
