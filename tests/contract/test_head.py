"""HEAD answers as GET does, without the body (RFC 9110 §9.3.2)."""

import re
from pathlib import Path

import httpx
import pytest

from tests.contract.operations import OPERATIONS, Operation
from tests.contract.scene import Scene
from tests.contract.snapshot import snapshot
from tests.contract.test_bad_sockets import Connection, head
from tests.support.api import Api
from tests.support.cluster import TestDatabase
from tests.support.make import Make
from tests.support.server import Server, as_url

EACH_READ = pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if operation.is_read],
    ids=lambda operation: operation.id,
)
BESIDE_THE_API = (
    *("/api/v1/openapi.json", "/api/docs", "/api/docs/start.js", "/api/docs/swagger-ui.css"),
    *("/health/live", "/health/ready"),
)
# Different in each answer; and what a second's fraction makes one digit longer.
OWN = ("x-request-id", "date")


def about(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in OWN}


@EACH_READ
@pytest.mark.parametrize("caller", ["admin", "anonymous"])
@pytest.mark.asyncio(loop_scope="module")
async def test_head_is_get_without_a_body(
    operation: Operation, caller: str, shared_api: Api, shared_make: Make
) -> None:
    scene = Scene(shared_make, caller)
    request, user = operation.request(scene), scene.caller
    shared_api.client.cookies.clear()
    before = snapshot(shared_make)
    asked = await shared_api.request("HEAD", user=user, **request)
    assert snapshot(shared_make) == before
    got = await shared_api.request("GET", user=user, **request)
    assert (asked.status_code, asked.content) == (got.status_code, b"")
    assert about(asked).keys() == about(got).keys()
    differing = {name for name, value in about(got).items() if about(asked)[name] != value}
    # A time in the body may be a digit shorter.
    assert differing <= {"content-length", "ratelimit"}, differing
    if "etag" in got.headers:
        headers = {**request.pop("headers", {}), "If-None-Match": got.headers["etag"]}
        asked = await shared_api.request("HEAD", user=user, headers=headers, **request)
        assert (asked.status_code, asked.content) == (304, b"")


@pytest.mark.parametrize("path", BESIDE_THE_API)
@pytest.mark.asyncio(loop_scope="module")
async def test_beside_the_api_too(path: str, shared_api: Api) -> None:
    got, asked = await shared_api.client.get(path), await shared_api.client.head(path)
    assert (asked.status_code, asked.content) == (200, b"")
    assert about(asked) == about(got)


@pytest.mark.asyncio(loop_scope="module")
async def test_only_what_can_be_got(shared_api: Api, shared_make: Make) -> None:
    admin = shared_make.admin()
    refused = await shared_api.request("HEAD", "/auth/signin", admin)
    assert (refused.status_code, refused.content) == (405, b"")
    assert refused.headers["allow"] == "POST"
    refused = await shared_api.request("PUT", "/users", admin, json={})
    assert refused.headers["allow"] == "GET, HEAD, POST"
    missing = await shared_api.request("HEAD", "/nothing", admin)
    assert (missing.status_code, missing.content) == (404, b"")
    unknown = await shared_api.request("HEAD", "/users", admin, params={"form": "1"})
    assert (unknown.status_code, unknown.content) == (422, b"")


def test_over_a_connection_that_is_used_again(
    shared_database: TestDatabase, shared_make: Make, tmp_path: Path
) -> None:
    """By the table of routes and by the framework: nothing follows the headers, and the length is
    that of the body of a GET."""
    scene = Scene(shared_make, "admin")
    paths = [f"/appointments/{scene.appointment_id}", "/auth/me", "/services", "/nothing"]
    env = {"HOLDFAST_DATABASE_URL": as_url(shared_database.server_url)}
    with Server(tmp_path, "api", env=env) as server, Connection(server) as connection:
        for path in paths:
            connection.send(head(scene, "GET", path.encode()))
            status, headers, body = connection.answer()
            assert len(body) == int(headers["content-length"]) > 0
            connection.send(head(scene, "HEAD", path.encode()))
            lines = []
            while line := connection.line():
                lines.append(line)
            assert lines[0].split()[1] == str(status)
            (length,) = re.findall(r"(?i)^content-length: (\d+)$", "\n".join(lines), re.MULTILINE)
            assert int(length) == len(body)
        connection.send(head(scene, "GET", b"/auth/me"))
        assert connection.answer()[0] == 200
