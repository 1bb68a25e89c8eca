"""Signing out for good, one's own sign-ins, and changing the password (SPEC 4.1)."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import pytest

from holdfast.accounts import limits
from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.http.tokens import Tokens
from holdfast.kernel.db import Database
from tests.support.api import Api, problem
from tests.support.cluster import TestDatabase
from tests.support.make import SECRET_KEY, Make, User
from tests.support.passwords import (
    NEW_PASSWORD,
    PASSWORD,
    sign_in,
    tokens_of,
    user_with_password,
)

COOKIE = "holdfast_session"
ELSEWHERE_SECONDS = 1.0


def bearer(tokens: dict) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['accessToken']}"}


async def refresh(api: Api, tokens: dict) -> httpx.Response:
    return await api.post("/auth/refresh", json={"refreshToken": tokens["refreshToken"]})


async def cookie_of(api: Api, user: User) -> dict[str, str]:
    """Sign in by cookie, as another browser: the header that it sends from now on."""
    answer = await api.post("/auth/session", json={"email": user.email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    secret = api.client.cookies[COOKIE]
    api.client.cookies.clear()
    return {"Cookie": f"{COOKIE}={secret}"}


async def is_in(api: Api, headers: dict[str, str]) -> bool:
    answer = await api.get("/auth/me", headers=headers)
    assert answer.status_code in (200, 401), answer.text
    return answer.status_code == 200


@pytest.fixture
async def elsewhere(database: TestDatabase, settings: Settings) -> AsyncIterator[Api]:
    """Another process of the same server, as far as the two know of each other."""
    app = create_app(settings, Database(database.server_url, max_size=4))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://holdfast.test"
        ) as client,
    ):
        yield Api(client)


async def until_out(api: Api, headers: dict[str, str]) -> None:
    """Fails unless these credentials end within the second that SPEC gives."""
    began = time.monotonic()
    while await is_in(api, headers):
        assert time.monotonic() - began < ELSEWHERE_SECONDS
        await asyncio.sleep(0.01)


async def test_sign_out_by_access_token_ends_the_sign_in_everywhere(
    api: Api, elsewhere: Api, make: Make
) -> None:
    user = user_with_password(make)
    first = await tokens_of(api, user)
    second = (await refresh(api, first)).json()
    other = await tokens_of(api, user)
    for each in (first, second, other):
        assert await is_in(elsewhere, bearer(each))

    assert (await api.post("/auth/signout", headers=bearer(second))).status_code == 204
    assert not await is_in(api, bearer(first))
    assert not await is_in(api, bearer(second))
    await until_out(elsewhere, bearer(first))
    await until_out(elsewhere, bearer(second))
    for each in (first, second):
        problem(await refresh(api, each), 401, "unauthenticated")
    assert await is_in(api, bearer(other))
    assert (await refresh(elsewhere, other)).status_code == 200


async def test_sign_out_by_refresh_token_ends_the_access_tokens(
    api: Api, elsewhere: Api, make: Make
) -> None:
    tokens = await tokens_of(api, user_with_password(make))
    assert await is_in(api, bearer(tokens))
    assert await is_in(elsewhere, bearer(tokens))
    body = {"refreshToken": tokens["refreshToken"]}
    # Also with an access token that does not count any more.
    out = await elsewhere.post("/auth/signout", json=body, headers={"Authorization": "Bearer x"})
    assert out.status_code == 204
    assert not await is_in(elsewhere, bearer(tokens))
    await until_out(api, bearer(tokens))


async def test_sign_out_by_cookie_ends_the_session(api: Api, elsewhere: Api, make: Make) -> None:
    user = user_with_password(make)
    cookie, other = await cookie_of(api, user), await cookie_of(api, user)
    assert (await api.post("/auth/signout", headers=cookie)).status_code == 204
    assert not await is_in(elsewhere, cookie)
    assert await is_in(elsewhere, other)


async def test_what_is_presented_together_ends_together(api: Api, make: Make) -> None:
    user = user_with_password(make)
    bearers, refreshes = await tokens_of(api, user), await tokens_of(api, user)
    cookie = await cookie_of(api, user)
    body = {"refreshToken": refreshes["refreshToken"]}
    out = await api.post("/auth/signout", json=body, headers={**cookie, **bearer(bearers)})
    assert out.status_code == 204
    for headers in (cookie, bearer(bearers), bearer(refreshes)):
        assert not await is_in(api, headers)


async def test_a_token_without_or_with_an_unknown_sign_in_is_refused(api: Api, make: Make) -> None:
    user = make.client()
    unknown = Tokens(SECRET_KEY).access_token(user.actor, uuid4())
    assert not await is_in(api, {"Authorization": f"Bearer {unknown}"})
    # Another user's sign-in is not one's own.
    sid = jwt.decode(make.admin().token, options={"verify_signature": False})["sid"]
    foreign = Tokens(SECRET_KEY).access_token(user.actor, UUID(sid))
    for _ in range(2):
        assert not await is_in(api, {"Authorization": f"Bearer {foreign}"})


async def test_no_refresh_succeeds_after_a_sign_out_was_answered(
    api: Api, elsewhere: Api, make: Make
) -> None:
    user = user_with_password(make)
    for _ in range(10):
        tokens = await tokens_of(api, user)
        known = [tokens]

        async def renew(where: Api, known: list[dict]) -> None:
            for _ in range(4):
                answer = await refresh(where, known[-1])
                if answer.status_code == 200:
                    known.append(answer.json())

        async def sign_out(headers: dict[str, str]) -> None:
            assert (await api.post("/auth/signout", headers=headers)).status_code == 204

        await asyncio.gather(renew(api, known), renew(elsewhere, known), sign_out(bearer(tokens)))
        for each in known:
            problem(await refresh(elsewhere, each), 401, "unauthenticated")
            await until_out(elsewhere, bearer(each))


async def test_sign_ins_are_listed(api: Api, make: Make) -> None:
    user, stranger = user_with_password(make), user_with_password(make)
    await tokens_of(api, stranger)
    make.db.execute("DELETE FROM sign_ins WHERE user_id = %s", [user.id])
    body = {"email": user.email, "password": PASSWORD}
    agent: Any = {b"User-Agent": "Phone/1\x9b".encode("latin-1")}
    phone = await api.client.post("/api/v1/auth/signin", json=body, headers=agent)
    cookie = await cookie_of(api, user)
    mine = bearer(phone.json())
    listed = (await api.get("/auth/sessions", headers=mine)).json()
    assert listed["nextCursor"] is None
    web, app = listed["items"]
    assert app.keys() == {
        "id", "kind", "createdAt", "lastUsedAt", "expiresAt", "address", "userAgent", "current",
    }  # fmt: skip
    assert (app["kind"], app["current"], app["userAgent"]) == ("tokens", True, "Phone/1")
    assert (web["kind"], web["current"]) == ("cookie", False)
    assert app["address"] == "127.0.0.1"
    again = (await api.get("/auth/sessions", headers=cookie)).json()["items"]
    assert [one["current"] for one in again] == [True, False]
    one = await api.get(f"/auth/sessions/{web['id']}", headers=mine)
    assert one.json() == web

    first = (await api.get("/auth/sessions", headers=mine, params={"limit": 1})).json()
    assert first["items"] == [web]
    rest = {"limit": 1, "cursor": first["nextCursor"]}
    assert (await api.get("/auth/sessions", headers=mine, params=rest)).json()["items"] == [app]

    # What has ended, or has expired, is not listed.
    make.db.execute("UPDATE sign_ins SET expires_at = now() WHERE id = %s", [web["id"]])
    assert (await api.get("/auth/sessions", headers=mine)).json()["items"] == [app]
    problem(await api.get(f"/auth/sessions/{web['id']}", headers=mine), 404, "not_found")


async def test_last_use_is_noted(api: Api, make: Make) -> None:
    user = user_with_password(make)
    cookie, tokens = await cookie_of(api, user), await tokens_of(api, user)
    make.db.execute("UPDATE sign_ins SET last_used_at = now() - interval '1 hour'")
    assert await is_in(api, cookie)
    assert (await refresh(api, tokens)).status_code == 200
    used = make.all(
        "SELECT last_used_at > now() - interval '1 minute' AS lately FROM sign_ins "
        "WHERE secret_hash IS NOT NULL OR id IN (SELECT family_id FROM refresh_tokens)"
    )
    assert [row["lately"] for row in used] == [True, True]


async def test_one_sign_in_is_ended(api: Api, elsewhere: Api, make: Make) -> None:
    user, stranger = user_with_password(make), user_with_password(make)
    cookie, tokens = await cookie_of(api, user), await tokens_of(api, user)
    assert await is_in(elsewhere, bearer(tokens))
    items = (await api.get("/auth/sessions", headers=cookie)).json()["items"]
    ids = {item["kind"]: item["id"] for item in reversed(items) if item["id"] != _sid(user)}
    problem(await api.delete(f"/auth/sessions/{ids['tokens']}", stranger), 404, "not_found")
    problem(await api.delete(f"/auth/sessions/{uuid4()}", headers=cookie), 404, "not_found")
    assert await is_in(api, bearer(tokens))

    path = f"/auth/sessions/{ids['tokens']}"
    assert (await api.delete(path, headers=cookie)).status_code == 204
    problem(await api.delete(path, headers=cookie), 404, "not_found")
    assert not await is_in(api, bearer(tokens))
    await until_out(elsewhere, bearer(tokens))
    problem(await refresh(api, tokens), 401, "unauthenticated")

    own = await api.delete(f"/auth/sessions/{ids['cookie']}", headers=cookie)
    assert own.status_code == 204
    assert "max-age=0" in own.headers["set-cookie"].lower()
    assert not await is_in(api, cookie)


def _sid(user: User) -> str:
    return jwt.decode(user.token, options={"verify_signature": False})["sid"]


async def test_all_others_are_ended(api: Api, elsewhere: Api, make: Make) -> None:
    user, stranger = user_with_password(make), make.client()
    cookie, tokens = await cookie_of(api, user), await tokens_of(api, user)
    assert await is_in(elsewhere, bearer(tokens))
    assert (await api.delete("/auth/sessions", headers=cookie)).status_code == 204
    assert not await is_in(api, bearer(tokens))
    await until_out(elsewhere, bearer(tokens))
    assert await is_in(api, cookie)
    assert await is_in(api, stranger.auth)
    items = (await api.get("/auth/sessions", headers=cookie)).json()["items"]
    assert [item["current"] for item in items] == [True]


async def test_another_site_cannot_end_sign_ins(api: Api, make: Make) -> None:
    cookie = await cookie_of(api, user_with_password(make))
    foreign = {**cookie, "Origin": "https://evil.example"}
    problem(await api.delete("/auth/sessions", headers=foreign), 403, "forbidden")
    body = {"current": PASSWORD, "new": NEW_PASSWORD}
    problem(await api.post("/auth/password", json=body, headers=foreign), 403, "forbidden")


async def test_the_oldest_sign_in_makes_room(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SIGN_INS_OF_USER", 3)
    user = user_with_password(make)
    tokens = [await tokens_of(api, user) for _ in range(4)]
    assert [await is_in(api, bearer(each)) for each in tokens] == [False, True, True, True]


async def test_a_changed_password_ends_all_other_sign_ins(
    api: Api, elsewhere: Api, make: Make
) -> None:
    user = user_with_password(make)
    cookie, mine, other = (
        await cookie_of(api, user),
        await tokens_of(api, user),
        await tokens_of(api, user),
    )
    assert await is_in(elsewhere, bearer(other))
    body = {"current": PASSWORD, "new": NEW_PASSWORD}
    assert (await api.post("/auth/password", json=body, headers=bearer(mine))).status_code == 204
    assert await is_in(api, bearer(mine))
    assert (await refresh(api, mine)).status_code == 200
    assert not await is_in(api, cookie)
    await until_out(elsewhere, bearer(other))
    problem(await refresh(api, other), 401, "unauthenticated")
    problem(await sign_in(api, user), 401, "unauthenticated")
    assert (await sign_in(api, user, NEW_PASSWORD)).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"current": "wrong password"}, "current"),
        ({"current": ""}, "current"),
        ({"current": None}, "current"),
        ({"new": "short"}, "new"),
        ({"new": None}, "new"),
        ({"new": "qwertyuiop"}, "new"),
        ({"new": "Clementine Long"}, "new"),
        ({"newPassword": NEW_PASSWORD}, "newPassword"),
    ],
)
async def test_a_bad_change_of_password_changes_nothing(
    api: Api, make: Make, change: dict, field: str
) -> None:
    user = user_with_password(make, name="Clementine Long")
    tokens = await tokens_of(api, user)
    body = {"current": PASSWORD, "new": NEW_PASSWORD, **change}
    refused = problem(await api.post("/auth/password", user, json=body), 422, "validation_failed")
    assert [error["field"] for error in refused["details"]["errors"]] == [field]
    assert NEW_PASSWORD not in str(refused)
    assert await is_in(api, bearer(tokens))
    assert (await sign_in(api, user)).status_code == 200


async def test_of_many_changes_at_once_one_succeeds(api: Api, make: Make) -> None:
    user = user_with_password(make)
    tokens = [await tokens_of(api, user) for _ in range(6)]
    answers = await asyncio.gather(
        *(
            api.post(
                "/auth/password",
                json={"current": PASSWORD, "new": f"new password {number}"},
                headers=bearer(each),
            )
            for number, each in enumerate(tokens)
        )
    )
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(204) == 1
    assert set(statuses) <= {204, 401, 422}
    left = [await is_in(api, bearer(each)) for each in tokens]
    assert left.count(True) == 1
    assert left.index(True) == statuses.index(204)
