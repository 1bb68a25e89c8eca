"""The throttle of sign-in, sign-up, refresh and reset mails (SPEC 4.1)."""

import asyncio
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from holdfast.accounts import limits
from holdfast.config import Settings
from tests.support.api import Api, problem
from tests.support.make import SECRET_KEY, Make
from tests.support.passwords import PASSWORD, sign_in, user_with_password

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


async def test_failed_sign_ins_lock_an_account_for_a_while(api: Api, make: Make) -> None:
    user, other = user_with_password(make), user_with_password(make)
    for _ in range(10):
        problem(await sign_in(api, user, WRONG), 401, "unauthenticated")
    limited(await sign_in(api, user, WRONG))
    limited(await sign_in(api, user))
    body = {"email": user.email.upper(), "password": PASSWORD}
    limited(await api.post("/auth/signin", json=body))
    limited(await api.post("/auth/session", json=body))
    assert (await sign_in(api, other)).status_code == 200

    make.db.execute("UPDATE throttle_windows SET expires_at = now() - interval '1 second'")
    assert (await sign_in(api, user)).status_code == 200


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
    assert answer.headers["ratelimit-policy"] == (
        '"signin-account";q=10;w=900, "signin-address";q=100;w=900'
    )
    assert answer.headers["ratelimit"] == (
        '"signin-account";r=10;t=900, "signin-address";r=100;t=900'
    )
    failed = await sign_in(api, user, WRONG)
    assert '"signin-account";r=9;' in failed.headers["ratelimit"]


async def test_right_sign_ins_at_once_do_not_throttle_each_other(api: Api, make: Make) -> None:
    user = user_with_password(make)
    answers = await asyncio.gather(*(sign_in(api, user) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}


async def test_guesses_at_once_get_no_more_answers_than_guesses_in_turn(
    api: Api, make: Make
) -> None:
    user = user_with_password(make)
    answers = await asyncio.gather(*(sign_in(api, user, WRONG) for _ in range(30)))
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 20


async def test_failed_sign_ins_lock_an_address_for_a_while(api: Api, make: Make) -> None:
    await sign_in(api, make.client(), WRONG)
    exhaust(make, limits.FAILED_SIGN_INS_FROM_ADDRESS, short_by=1)
    problem(await sign_in(api, make.client(), WRONG), 401, "unauthenticated")
    limited(await sign_in(api, user_with_password(make)))


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
    answer = await api.post("/auth/refresh", json={"refreshToken": "x"})
    problem(answer, 401, "unauthenticated")
    assert answer.headers["ratelimit-policy"] == '"refresh";q=600;w=3600'
    exhaust(make, limits.REFRESHES_FROM_ADDRESS)
    limited(await api.post("/auth/refresh", json={"refreshToken": "x"}))


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
