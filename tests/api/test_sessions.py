"""The web app's cookie session, and signing out (SPEC 4.1)."""

from http.cookies import SimpleCookie

import httpx
import pytest
from pydantic import SecretStr

from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.kernel.db import Database
from tests.support.api import Api, problem
from tests.support.cluster import TestDatabase
from tests.support.make import SECRET_KEY, Make, User
from tests.support.passwords import PASSWORD, tokens_of, user_with_password

COOKIE = "holdfast_session"
SECURE = "__Host-holdfast_session"


async def start(api: Api, user: User, **headers: str) -> httpx.Response:
    """Sign in by cookie; the client keeps it, as a browser does."""
    body = {"email": user.email, "password": PASSWORD}
    return await api.post("/auth/session", json=body, headers=headers)


async def rename(api: Api, user: User, **headers: str) -> httpx.Response:
    return await api.patch(f"/users/{user.id}", json={"name": "New Name"}, headers=headers)


async def test_a_session_signs_in_until_it_is_ended(api: Api, make: Make) -> None:
    user = user_with_password(make)
    answer = await start(api, user)
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"user"}
    assert answer.json()["user"]["id"] == str(user.id)
    assert answer.headers["cache-control"] == "no-store"
    assert (await api.get("/auth/me")).json()["id"] == str(user.id)
    assert (await rename(api, user)).status_code == 200

    secret = api.client.cookies[COOKIE]
    stored = str(make.one("SELECT s::text FROM sign_ins AS s WHERE kind = 'cookie'"))
    assert secret not in stored
    ended = await api.delete("/auth/session")
    assert ended.status_code == 204
    assert ended.content == b""
    assert COOKIE not in api.client.cookies
    problem(await api.get("/auth/me"), 401, "unauthenticated")
    problem(
        await api.get("/auth/me", headers={"Cookie": f"{COOKIE}={secret}"}), 401, "unauthenticated"
    )
    problem(await api.delete("/auth/session"), 401, "unauthenticated")


async def test_a_page_names_whose_session_it_takes_it_for(api: Api, make: Make) -> None:
    """Another signed in with the same browser: nothing is done as them."""
    user, other = user_with_password(make), user_with_password(make)
    await start(api, other)
    for header in (str(user.id), "nobody", ""):
        named = {"Holdfast-User": header}
        problem(await rename(api, other, **named), 401, "unauthenticated")
        problem(await api.delete("/auth/session", headers=named), 401, "unauthenticated")
        problem(await api.get("/auth/me", headers=named), 401, "unauthenticated")
    assert (await rename(api, other, **{"Holdfast-User": str(other.id)})).status_code == 200
    # A bearer token is nobody else's.
    both = {**user.auth, "Holdfast-User": str(other.id)}
    assert (await api.get("/auth/me", headers=both)).json()["id"] == str(user.id)


async def test_a_page_may_ask_whose_session_it_has(api: Api, make: Make) -> None:
    nobody = await api.get("/auth/session")
    assert (nobody.status_code, nobody.json()) == (200, {"user": None})
    user = user_with_password(make)
    await start(api, user)
    answer = await api.get("/auth/session")
    assert answer.json()["user"] == (await api.get("/auth/me")).json()
    assert answer.headers["cache-control"] == "no-store"
    make.db.execute("UPDATE users SET is_active = false WHERE id = %s", [user.id])
    make.db.execute("UPDATE sign_ins SET ended_at = now()")
    ended = await api.get("/auth/session")
    assert (ended.status_code, ended.json()) == (200, {"user": None})
    assert cookie_of(ended)["max-age"] == "0"


def cookie_of(response: httpx.Response, name: str = COOKIE):
    return SimpleCookie(response.headers["set-cookie"])[name]


async def test_the_cookie_is_for_this_site_and_the_server_only(api: Api, make: Make) -> None:
    cookie = cookie_of(await start(api, user_with_password(make)))
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""
    assert int(cookie["max-age"]) > 0
    assert cookie["secure"] == ""
    assert "strict-transport-security" not in (await api.get("/auth/session")).headers
    assert len(cookie.value) >= 43


async def test_the_cookie_is_secure_where_the_server_is(database: TestDatabase, make: Make) -> None:
    settings = Settings(
        secret_key=SecretStr(SECRET_KEY), rate_limit="off", public_url="https://book.example"
    )
    app = create_app(settings, Database(database.server_url, max_size=2))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="https://book.example"
        ) as client,
    ):
        api = Api(client)
        answer = await start(api, user_with_password(make))
        cookie = cookie_of(answer, SECURE)
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        refused = await api.get("/nothing")
        assert refused.headers["strict-transport-security"].startswith("max-age=")
        assert (await api.get("/auth/me")).status_code == 200
        # A neighbour that plants a cookie of the plain name is not listened to.
        plain = {"Cookie": f"{COOKIE}={cookie.value}"}
        api.client.cookies.clear()
        problem(await api.get("/auth/me", headers=plain), 401, "unauthenticated")
        with_prefix = {"Cookie": f"{SECURE}={cookie.value}"}
        for origin in ("http://book.example", "https://book.example:444", "https://x.example"):
            foreign = {**with_prefix, "Origin": origin}
            problem(await api.delete("/auth/session", headers=foreign), 403, "forbidden")
        own = {**with_prefix, "Origin": "https://book.example:443"}
        ended = await api.delete("/auth/session", headers=own)
        assert ended.status_code == 204
        assert cookie_of(ended, SECURE)["secure"] is True


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://holdfast.test"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "https://holdfast.test"},
    {"Origin": "http://holdfast.test:81"},
]
OWN = [
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://holdfast.test"},
]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_another_site_cannot_write_with_the_cookie(
    api: Api, make: Make, headers: dict[str, str]
) -> None:
    user = user_with_password(make)
    await start(api, user)
    problem(await rename(api, user, **headers), 403, "forbidden")
    problem(await api.delete("/auth/session", headers=headers), 403, "forbidden")
    problem(await api.post("/auth/signout", headers=headers), 403, "forbidden")
    assert (await api.get("/auth/me", headers=headers)).json()["name"] == user.name
    # A token is no ambient authority: no other site has it.
    assert (await rename(api, user, **user.auth, **headers)).status_code == 200


@pytest.mark.parametrize("headers", OWN)
async def test_the_own_site_can(api: Api, make: Make, headers: dict[str, str]) -> None:
    user = user_with_password(make)
    assert (await start(api, user, **headers)).status_code == 200
    assert (await rename(api, user, **headers)).status_code == 200
    assert (await api.delete("/auth/session", headers=headers)).status_code == 204


@pytest.mark.parametrize("headers", FOREIGN)
async def test_another_site_cannot_sign_a_browser_in(
    api: Api, make: Make, headers: dict[str, str]
) -> None:
    problem(await start(api, user_with_password(make), **headers), 403, "forbidden")
    assert live_sessions(make) == 0


def live_sessions(make: Make) -> int:
    return make.one("SELECT count(*) FROM sign_ins WHERE kind = 'cookie' AND ended_at IS NULL")[
        "count"
    ]


async def test_a_new_session_replaces_the_browsers_former_one(api: Api, make: Make) -> None:
    first, second = user_with_password(make), user_with_password(make)
    await start(api, first)
    former = api.client.cookies[COOKIE]
    await start(api, second)
    assert (await api.get("/auth/me")).json()["id"] == str(second.id)
    api.client.cookies.clear()
    problem(
        await api.get("/auth/me", headers={"Cookie": f"{COOKIE}={former}"}), 401, "unauthenticated"
    )


async def test_an_expired_session_is_over(api: Api, make: Make) -> None:
    await start(api, user_with_password(make))
    make.db.execute("UPDATE sign_ins SET expires_at = now() - interval '1 second'")
    problem(await api.get("/auth/me"), 401, "unauthenticated")


async def test_wrong_credentials_start_no_session(api: Api, make: Make) -> None:
    user = user_with_password(make)
    body = {"email": user.email, "password": "wrong password"}
    answer = await api.post("/auth/session", json=body)
    problem(answer, 401, "unauthenticated")
    assert "set-cookie" not in answer.headers


async def test_sign_out_ends_cookie_and_refresh_tokens(api: Api, make: Make) -> None:
    user = user_with_password(make)
    tokens = await tokens_of(api, user)
    await start(api, user)
    body = {"refreshToken": tokens["refreshToken"]}
    out = await api.post("/auth/signout", json=body)
    assert out.status_code == 204
    assert COOKIE not in api.client.cookies
    problem(await api.get("/auth/me"), 401, "unauthenticated")
    problem(await api.post("/auth/refresh", json=body), 401, "unauthenticated")
    assert live_sessions(make) == 0


async def test_sign_out_needs_something_to_sign_out(api: Api, make: Make) -> None:
    user = user_with_password(make)
    problem(await api.post("/auth/signout"), 401, "unauthenticated")
    problem(await api.post("/auth/signout", json={}), 401, "unauthenticated")
    assert (await api.post("/auth/signout", user)).status_code == 204
    problem(await api.post("/auth/signout", user), 401, "unauthenticated")
    # A client whose access token has expired can still end its refresh tokens.
    tokens = await tokens_of(api, user)
    body = {"refreshToken": tokens["refreshToken"]}
    assert (await api.post("/auth/signout", json=body)).status_code == 204
    assert (await api.post("/auth/signout", json=body)).status_code == 204
    problem(await api.post("/auth/refresh", json=body), 401, "unauthenticated")


async def test_a_key_is_for_the_end_of_one_sign_in(api: Api, make: Make) -> None:
    user = user_with_password(make)
    tokens = await tokens_of(api, user)
    other = {"Authorization": f"Bearer {tokens['accessToken']}"}
    assert (await api.post("/auth/signout", user, key="k1")).status_code == 204
    problem(await api.post("/auth/signout", user, key="k1"), 401, "unauthenticated")
    # A replay would say that this one has ended, too.
    reused = await api.post("/auth/signout", headers=other, key="k1")
    problem(reused, 422, "idempotency_key_reused")
    assert (await api.post("/auth/signout", headers=other, key="k2")).status_code == 204
    problem(await api.get("/auth/me", headers=other), 401, "unauthenticated")
