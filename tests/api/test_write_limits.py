"""Every route that writes has a limit, says so, and keeps it (docs/limits.md)."""

from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from pydantic import SecretStr

from holdfast.app import ROUTERS, create_app
from holdfast.config import Settings
from holdfast.http import write_limits
from holdfast.http.ratelimit import Limit
from holdfast.http.route import HoldfastRoute
from holdfast.http.write_limits import (
    HEAVY_ROUTES,
    HEAVY_WRITES,
    METHODS,
    SIGNED_OUT_WRITES,
    WRITES,
)
from holdfast.kernel.db import Database
from tests.support.api import Api, problem
from tests.support.cluster import TestDatabase
from tests.support.make import SECRET_KEY, Make, soon

DOCUMENT = (Path(__file__).parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")


@pytest.fixture
def settings() -> Settings:
    return Settings(secret_key=SecretStr(SECRET_KEY), rate_limit="on")


def methods_of(route: APIRoute) -> set[str]:
    return route.methods or set()


def writing_routes() -> list[APIRoute]:
    return [
        route
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and METHODS & methods_of(route)
    ]


def test_the_page_lists_the_policies() -> None:
    for limit in (WRITES, HEAVY_WRITES, SIGNED_OUT_WRITES):
        assert f"| `{limit.name}` | {limit.hits} in {limit.window_seconds} s |" in DOCUMENT
        assert limit.policy.startswith(f'"{limit.name}"')
    for path in HEAVY_ROUTES:
        assert f" {path}`" in DOCUMENT
    example = "RateLimit-Policy: " + WRITES.policy
    assert example in DOCUMENT


def test_each_route_that_writes_goes_through_the_limits() -> None:
    routes = writing_routes()
    assert len(routes) > 40
    for route in routes:
        assert isinstance(route, HoldfastRoute), route.path
        expected = HEAVY_WRITES if route.path in HEAVY_ROUTES else WRITES
        assert write_limits.write_limit(methods_of(route), route.path) is expected


async def test_each_answer_of_a_write_says_how_one_stands(api: Api, make: Make) -> None:
    """Each route, asked for nothing sensible: by a signed-in user and by nobody."""
    admin = make.admin()
    for route in writing_routes():
        [method] = methods_of(route) & METHODS
        path = route.path
        for name in route.param_convertors:
            path = path.replace(f"{{{name}}}", str(admin.id))
        for user in (admin, None):
            answer = await api.request(method, path, user)
            policy = answer.headers.get("ratelimit-policy")
            assert policy, (method, path, answer.text)
            assert answer.headers["ratelimit"].count(";r=") == policy.count(";q=")
            if user is None and answer.status_code == 401 and not path.startswith("/auth"):
                assert policy == SIGNED_OUT_WRITES.policy


@pytest.mark.parametrize("is_valid", [True, False])
async def test_a_limit_is_kept(
    api: Api, make: Make, monkeypatch: pytest.MonkeyPatch, is_valid: bool
) -> None:
    """By the table and by the framework, which gets what is not valid, each request counts once."""
    few = Limit("writes", hits=3, window_seconds=60)
    place, client, other = make.place(), make.client(), make.client()
    slot_id = make.slot(place, soon())
    limits = write_limits.WriteLimits()
    take = limits.take
    monkeypatch.setattr(limits, "take", lambda _, key: take(few, key))
    api.client._transport.app.state.write_limits = limits  # type: ignore[attr-defined]
    given = {} if is_valid else {"providerId": "nobody"}
    for left in (2, 1, 0):
        answer = await api.reserve(client, place, slot_id, **given)
        assert answer.status_code == (422 if not is_valid else 201 if left == 2 else 200)
        assert f";r={left};" in answer.headers["ratelimit"]
    answer = await api.reserve(client, place, slot_id, **given)
    details = problem(answer, 429, "rate_limited")["details"]
    assert int(answer.headers["retry-after"]) == details["retryAfterSeconds"] > 0
    assert ";r=0;" in answer.headers["ratelimit"]
    assert (await api.reserve(other, place, slot_id)).status_code in (201, 409)
    assert (await api.get("/auth/me", client)).status_code == 200, "reading is not limited"


async def test_off_means_off(database: TestDatabase, make: Make) -> None:
    settings = Settings(secret_key=SecretStr(SECRET_KEY), rate_limit="off")
    app = create_app(settings, Database(database.server_url, max_size=2))
    assert app.state.write_limits is None


def test_each_writing_operation_describes_it(make: Make, database: TestDatabase) -> None:
    settings = Settings(secret_key=SecretStr(SECRET_KEY))
    document = create_app(settings, Database(database.server_url, max_size=2)).openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method.upper() in METHODS:
                content = operation["responses"]["429"]["content"]["application/problem+json"]
                assert "rate_limited" in content["examples"], (method, path)
