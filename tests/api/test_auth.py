"""Signing up and in, refresh tokens, forgotten passwords (SPEC 4.1)."""

import asyncio
import logging

import jwt
import pytest
from pydantic import SecretStr

from holdfast.accounts.device import Device
from holdfast.accounts.sign_in import find_account, start_session, start_tokens
from holdfast.config import Settings
from holdfast.http.tokens import Tokens
from holdfast.kernel.db import Database
from holdfast.kernel.errors import Refusal
from tests.support.api import Api, problem
from tests.support.make import SECRET_KEY, Make
from tests.support.passwords import (
    NEW_PASSWORD,
    PASSWORD,
    sign_in,
    tokens_of,
    user_with_password,
)
from tests.support.resets import reset_secrets

DEVICE = Device("192.0.2.7", "a browser")
USER_FIELDS = {
    "id",
    "email",
    "name",
    "phone",
    "role",
    "timezone",
    "preferences",
    "providerId",
    "isActive",
    "version",
    "createdAt",
    "updatedAt",
}
SIGN_UP = {"email": " Kim@Example.test ", "password": PASSWORD, "name": "Kim"}


@pytest.fixture
def settings() -> Settings:
    """Of a demo: there a reset mail is planned without a mail server."""
    return Settings(secret_key=SecretStr(SECRET_KEY), rate_limit="off").for_demo()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def refresh(api: Api, token: str):
    return await api.post("/auth/refresh", json={"refreshToken": token})


async def test_sign_up_makes_a_client_and_signs_in(api: Api) -> None:
    answer = await api.post("/auth/signup", json={**SIGN_UP, "phone": "+49 30 1234567"})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body.keys() == {"user", "accessToken", "refreshToken", "expiresIn"}
    user = body["user"]
    assert user.keys() == USER_FIELDS
    assert user["email"] == "Kim@Example.test"
    assert (user["role"], user["isActive"], user["version"]) == ("client", True, 1)
    assert user["phone"] == "+49 30 1234567"
    assert user["preferences"] == {}

    claims = jwt.decode(body["accessToken"], options={"verify_signature": False})
    assert claims.keys() == {"userId", "email", "role", "sid", "iat", "exp"}
    assert claims["userId"] == user["id"]
    assert claims["exp"] - claims["iat"] == body["expiresIn"]

    me = await api.get("/auth/me", headers=bearer(body["accessToken"]))
    assert me.json() == user
    assert me.headers["etag"] == '"1"'
    headers = {**bearer(body["accessToken"]), "If-None-Match": '"1"'}
    assert (await api.get("/auth/me", headers=headers)).status_code == 304


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "not an address"}, "email"),
        ({"email": "kim@"}, "email"),
        ({"email": "kim@host"}, "email"),
        ({"email": None}, "email"),
        ({"password": "too short"}, "password"),
        ({"password": "long enough but\x00"}, "password"),
        ({"password": "x" * 257}, "password"),
        ({"password": 1234567890}, "password"),
        ({"password": "1234567890"}, "password"),
        ({"password": "Password123"}, "password"),
        ({"password": "\uff30assword123"}, "password"),
        ({"password": " " * 10}, "password"),
        ({"password": "aAaAaAaAaAaA"}, "password"),
        ({"password": "kim@example.test"}, "password"),
        ({"email": "kim.example.long@x.test", "password": "KIM.example.long"}, "password"),
        ({"name": "Kim Example", "password": "kimexample"}, "password"),
        ({"name": "\u200b"}, "name"),
        ({"name": "Kim\u202eadmin"}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"phone": "call me"}, "phone"),
        ({"role": "admin"}, "role"),
    ],
)
async def test_sign_up_refuses_bad_fields(api: Api, change: dict, field: str) -> None:
    body = problem(
        await api.post("/auth/signup", json={**SIGN_UP, **change}), 422, "validation_failed"
    )
    assert [error["field"] for error in body["details"]["errors"]] == [field]
    assert PASSWORD not in str(body)


async def test_passwords_are_the_same_however_they_are_typed(api: Api) -> None:
    composed, decomposed = "caf\u00e9 caf\u00e9 caf\u00e9", "cafe\u0301 cafe\u0301 cafe\u0301"
    await api.post("/auth/signup", json={**SIGN_UP, "password": composed})
    body = {"email": "kim@example.test", "password": decomposed}
    assert (await api.post("/auth/signin", json=body)).status_code == 200


async def test_of_many_sign_ups_with_one_address_one_succeeds(api: Api, make: Make) -> None:
    spellings = ["kim@example.test", "KIM@example.test", "Kim@Example.Test"]
    answers = await asyncio.gather(
        *(
            api.post("/auth/signup", json={**SIGN_UP, "email": spellings[number % 3]})
            for number in range(20)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    for answer in answers:
        if answer.status_code == 409:
            problem(answer, 409, "email_taken")
    assert make.one("SELECT count(*) FROM users")["count"] == 1
    assert make.one("SELECT count(*) FROM refresh_tokens")["count"] == 1


async def test_sign_in_ignores_the_case_of_the_address(api: Api, make: Make) -> None:
    user = user_with_password(make)
    body = {"email": user.email.upper(), "password": PASSWORD}
    answer = await api.post("/auth/signin", json=body)
    assert answer.status_code == 200
    assert answer.json()["user"]["id"] == str(user.id)
    assert answer.headers["cache-control"] == "no-store"


async def test_sign_in_tells_nothing_about_accounts(api: Api, make: Make) -> None:
    user = user_with_password(make)
    inactive = user_with_password(make)
    make.db.execute("UPDATE users SET is_active = false WHERE id = %s", [inactive.id])
    wrong = problem(await sign_in(api, user, "wrong password"), 401, "unauthenticated")
    body = {"email": "nobody@example.test", "password": PASSWORD}
    unknown = problem(await api.post("/auth/signin", json=body), 401, "unauthenticated")
    refused = problem(await sign_in(api, inactive), 401, "unauthenticated")
    assert wrong == unknown == refused


async def test_a_password_changed_during_sign_in_does_not_sign_in(db: Database, make: Make) -> None:
    user = user_with_password(make)
    account = await find_account(db, user.email)
    assert account is not None
    make.db.execute("UPDATE users SET password_hash = 'another' WHERE id = %s", [user.id])
    async with db.connection() as connection:
        with pytest.raises(Refusal, match="not right"):
            await start_tokens(
                connection, Tokens(SECRET_KEY), user.id, account.password_hash, DEVICE
            )
        with pytest.raises(Refusal, match="not right"):
            await start_session(connection, account, DEVICE, former=None)
    assert make.one("SELECT count(*) FROM refresh_tokens")["count"] == 0
    assert make.one("SELECT count(*) FROM sign_ins WHERE kind = 'cookie'")["count"] == 0


async def test_refresh_rotates(api: Api, make: Make) -> None:
    first = await tokens_of(api, user_with_password(make))
    second = await refresh(api, first["refreshToken"])
    assert second.status_code == 200, second.text
    assert second.json().keys() == first.keys()
    assert second.json()["refreshToken"] != first["refreshToken"]
    assert (await refresh(api, second.json()["refreshToken"])).status_code == 200
    assert (
        await api.get("/auth/me", headers=bearer(second.json()["accessToken"]))
    ).status_code == 200


async def test_a_reused_refresh_token_ends_its_family(api: Api, make: Make) -> None:
    user = user_with_password(make)
    stolen, other = await tokens_of(api, user), await tokens_of(api, user)
    newer = (await refresh(api, stolen["refreshToken"])).json()
    used_long_ago(make)
    problem(await refresh(api, stolen["refreshToken"]), 401, "unauthenticated")
    problem(await refresh(api, newer["refreshToken"]), 401, "unauthenticated")
    for ended in (stolen, newer):
        answer = await api.get("/auth/me", headers=bearer(ended["accessToken"]))
        problem(answer, 401, "unauthenticated")
    assert (await refresh(api, other["refreshToken"])).status_code == 200


def used_long_ago(make: Make) -> None:
    """As if every exchange lay more than the 30 seconds back in which it may be repeated."""
    make.db.execute("UPDATE refresh_tokens SET used_at = used_at - interval '30 seconds'")


async def test_a_refresh_token_used_twice_soon_gets_the_same_successor(
    api: Api, make: Make
) -> None:
    first = (await tokens_of(api, user_with_password(make)))["refreshToken"]
    answers = await asyncio.gather(*(refresh(api, first) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    (second,) = {answer.json()["refreshToken"] for answer in answers}
    assert second != first
    assert make.one("SELECT count(*) FROM refresh_tokens")["count"] == 2
    # Also once the successor was used: the tab that comes late follows the other one's steps.
    (third,) = {(await refresh(api, second)).json()["refreshToken"] for _ in range(2)}
    assert (await refresh(api, first)).json()["refreshToken"] == second
    used_long_ago(make)
    assert (await refresh(api, third)).status_code == 200


async def test_reuse_and_renewal_at_once_leave_no_live_token(api: Api, make: Make) -> None:
    used = (await tokens_of(api, user_with_password(make)))["refreshToken"]
    current = (await refresh(api, used)).json()["refreshToken"]
    used_long_ago(make)
    answers = await asyncio.gather(*(refresh(api, token) for token in [used, current] * 5))
    assert make.one(
        "SELECT ended_at IS NOT NULL AS ended FROM sign_ins WHERE id IN "
        "(SELECT family_id FROM refresh_tokens)"
    )["ended"]
    for token in {a.json()["refreshToken"] for a in answers if a.status_code == 200} | {current}:
        problem(await refresh(api, token), 401, "unauthenticated")


async def test_an_expired_refresh_token_is_refused(api: Api, make: Make) -> None:
    token = (await tokens_of(api, user_with_password(make)))["refreshToken"]
    make.db.execute("UPDATE refresh_tokens SET expires_at = now() - interval '1 second'")
    problem(await refresh(api, token), 401, "unauthenticated")
    problem(await refresh(api, "unknown"), 401, "unauthenticated")


async def test_only_hashes_of_secrets_are_stored(api: Api, make: Make) -> None:
    token = (await tokens_of(api, user_with_password(make)))["refreshToken"]
    stored = make.one("SELECT t::text FROM refresh_tokens AS t")
    assert token not in str(stored)
    assert token.encode().hex() not in str(stored)


async def request_reset(api: Api, email: str, make: Make) -> tuple[dict, list[str]]:
    """-> the answer, and the tokens that are on their way because of it."""
    before = reset_secrets(make)
    answer = await api.post("/auth/password-reset-request", json={"email": email})
    assert answer.status_code == 202, answer.text
    return answer.json(), reset_secrets(make)[len(before) :]


async def test_a_reset_link_works_once_and_ends_all_other_access(api: Api, make: Make) -> None:
    user = user_with_password(make)
    before = await tokens_of(api, user)
    make.session(user.id, "x")
    _, (token,) = await request_reset(api, user.email.upper(), make)
    _, (other_token,) = await request_reset(api, user.email, make)

    body = {"token": token, "password": NEW_PASSWORD}
    assert (await api.post("/auth/password-reset", json=body)).status_code == 204
    problem(await api.post("/auth/password-reset", json=body), 422, "validation_failed")
    other = {"token": other_token, "password": "yet another one"}
    problem(await api.post("/auth/password-reset", json=other), 422, "validation_failed")

    problem(await refresh(api, before["refreshToken"]), 401, "unauthenticated")
    assert make.one("SELECT count(*) FROM sign_ins WHERE ended_at IS NULL")["count"] == 0
    problem(await sign_in(api, user), 401, "unauthenticated")
    signed_in = await sign_in(api, user, NEW_PASSWORD)
    assert signed_in.status_code == 200
    fresh = bearer(signed_in.json()["accessToken"])
    assert (await api.get("/auth/me", headers=fresh)).status_code == 200


async def test_access_tokens_from_before_a_reset_are_withdrawn(api: Api, make: Make) -> None:
    user = user_with_password(make)
    assert (await api.get("/auth/me", user)).status_code == 200
    _, (token,) = await request_reset(api, user.email, make)
    body = {"token": token, "password": NEW_PASSWORD}
    assert (await api.post("/auth/password-reset", json=body)).status_code == 204
    problem(await api.get("/auth/me", user), 401, "unauthenticated")


async def test_of_many_uses_of_a_reset_link_one_succeeds(api: Api, make: Make) -> None:
    user = user_with_password(make)
    _, (token,) = await request_reset(api, user.email, make)
    passwords = [f"new password {number}" for number in range(8)]
    answers = await asyncio.gather(
        *(
            api.post("/auth/password-reset", json={"token": token, "password": password})
            for password in passwords
        )
    )
    assert sorted(answer.status_code for answer in answers) == [204] + [422] * 7
    works = [await sign_in(api, user, password) for password in passwords]
    assert sorted(answer.status_code for answer in works) == [200] + [401] * 7
    assert [a.status_code for a in answers].index(204) == [a.status_code for a in works].index(200)


async def test_a_reset_request_reveals_nothing(api: Api, make: Make) -> None:
    user, inactive = user_with_password(make), user_with_password(make)
    make.db.execute("UPDATE users SET is_active = false WHERE id = %s", [inactive.id])
    known, mailed = await request_reset(api, user.email, make)
    assert len(mailed) == 1
    for email in ("nobody@example.test", inactive.email):
        answer, mailed = await request_reset(api, email, make)
        assert answer == known
        assert mailed == []


async def test_a_reset_link_expires(api: Api, make: Make) -> None:
    user = user_with_password(make)
    _, (token,) = await request_reset(api, user.email, make)
    make.db.execute("UPDATE password_resets SET expires_at = now() - interval '1 second'")
    body = {"token": token, "password": NEW_PASSWORD}
    refused = problem(await api.post("/auth/password-reset", json=body), 422, "validation_failed")
    assert refused["details"]["errors"][0]["field"] == "token"
    assert (await sign_in(api, user)).status_code == 200


async def test_a_link_to_a_former_address_is_void(api: Api, make: Make) -> None:
    user, admin = user_with_password(make), make.admin()
    _, (token,) = await request_reset(api, user.email, make)
    changed = await api.patch(f"/users/{user.id}", admin, json={"email": "new@example.test"})
    assert changed.status_code == 200
    body = {"token": token, "password": NEW_PASSWORD}
    problem(await api.post("/auth/password-reset", json=body), 422, "validation_failed")


async def test_errors_come_in_order(api: Api) -> None:
    problem(await api.get("/auth/me"), 401, "unauthenticated")
    problem(await api.get("/auth/me", headers=bearer("nonsense")), 401, "unauthenticated")
    problem(await api.post("/auth/signup", content=b"{"), 415, "unsupported_media_type")
    json = {"Content-Type": "application/json"}
    problem(await api.post("/auth/signup", content=b"{", headers=json), 400, "malformed_json")
    large = b'{"name": "' + b"x" * 300_000 + b'"}'
    problem(await api.post("/auth/signup", content=large, headers=json), 413, "payload_too_large")
    problem(await api.get("/auth/signup"), 405, "method_not_allowed")


class TestWithoutMailServer:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(secret_key=SecretStr(SECRET_KEY), rate_limit="off")

    async def test_no_link_goes_to_the_log(
        self, api: Api, make: Make, caplog: pytest.LogCaptureFixture
    ) -> None:
        user = user_with_password(make)
        with caplog.at_level(logging.DEBUG):
            _, links = await request_reset(api, user.email, make)
        assert links == []
        assert "reset-password?" not in caplog.text
        assert "HOLDFAST_SMTP_URL" in caplog.text
        assert user.email not in caplog.text
        assert make.one("SELECT count(*) FROM password_resets")["count"] == 0
        told = make.one("SELECT state, reason FROM deliveries")
        assert (told["state"], told["reason"]) == ("suppressed", "not_configured")


async def test_a_reset_link_sets_no_password_that_is_the_name(api: Api, make: Make) -> None:
    user = user_with_password(make, name="Maximiliana Muster")
    _, (token,) = await request_reset(api, user.email, make)
    body = {"token": token, "password": "maximilianamuster"}
    refused = problem(await api.post("/auth/password-reset", json=body), 422, "validation_failed")
    assert refused["details"]["errors"][0]["field"] == "password"
    assert (await sign_in(api, user)).status_code == 200
