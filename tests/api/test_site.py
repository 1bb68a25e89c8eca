"""What surrounds the API: health, numbers, pages, request ids, headers for browsers (SPEC §9)."""

import logging
from datetime import UTC, datetime

import httpx
import orjson
import pytest
from pydantic import SecretStr

from holdfast import __version__
from holdfast.app import create_app
from holdfast.config import Settings
from holdfast.kernel.db import Database
from holdfast.kernel.loops import Heartbeat
from tests.support.api import Api, problem
from tests.support.cluster import TestDatabase
from tests.support.make import SECRET_KEY, Make

ORIGIN = "https://app.example.org"


@pytest.fixture
def settings() -> Settings:
    return Settings(
        secret_key=SecretStr(SECRET_KEY), rate_limit="off", allowed_origins=(ORIGIN,), port=8088
    )


async def test_health_says_how_it_stands(api: Api) -> None:
    answer = await api.client.get("/health")
    assert answer.status_code == 200
    body = answer.json()
    assert datetime.now(UTC).timestamp() - _time(body.pop("timestamp")) < 60
    assert body == {
        "status": "healthy",
        "database": "connected",
        "websocket": "active",
        "version": __version__,
    }
    assert (await api.client.head("/health")).status_code == 200


def _time(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


async def test_a_server_is_ready_once_every_migration_is_there(api: Api, make: Make) -> None:
    assert (await api.client.get("/health/ready")).status_code == 200
    make.db.execute("DELETE FROM schema_scripts WHERE name LIKE '0002%'")
    answer = await api.client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["missing"] == ["0002_catalogue.sql"]
    assert answer.headers["Retry-After"] == "1"
    assert (await api.client.get("/health/live")).status_code == 200


async def test_a_server_says_which_loops_go_on(api: Api) -> None:
    body = (await api.client.get("/health/ready")).json()
    assert {"callers", "relay", "log_tail"} <= {loop["name"] for loop in body["loops"]}
    assert all(loop.keys() == {"name", "lastPass", "failures"} for loop in body["loops"])


async def test_a_stuck_loop_is_named(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = Heartbeat("relay", None, 0, is_stuck=True)
    monkeypatch.setattr("holdfast.http.health.heartbeats", lambda: [stuck])
    answer = await api.client.get("/health/ready")
    assert answer.status_code == 503
    assert "relay" in answer.json()["reason"]


@pytest.mark.parametrize(("ahead", "status"), [(0, 200), (1, 200), (2, 503)])
async def test_a_server_is_ready_beside_the_release_after_its_own(
    api: Api, make: Make, ahead: int, status: int
) -> None:
    """While servers are replaced one by one, the first new one has changed the database already."""
    make.db.execute("UPDATE schema_release SET release = release + %s", [ahead])
    answer = await api.client.get("/health/ready")
    assert answer.status_code == status
    assert status == 200 or "release" in answer.json()["reason"]


async def test_metrics_go_by_route_template_and_know_no_ids(api: Api, make: Make) -> None:
    user = make.client()
    for _ in range(3):
        await api.get("/appointments/0190a000-0000-7000-8000-000000000000", user)
    for path in ("/no/such/thing", "/wp-admin.php", "/api/v1/nothing"):
        await api.client.get(path)
    lines = (await api.client.get("/metrics")).text.splitlines()
    requests = [line for line in lines if line.startswith("http_requests_total{")]
    route = 'method="GET",route="/api/v1/appointments/{appointment_id}",status="404"'
    assert any(route in line for line in requests)
    assert any('route="unmatched",status="404"' in line for line in requests)
    assert "0190a000" not in "".join(lines)
    assert "wp-admin" not in "".join(lines)
    names = {line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")}
    assert {
        "http_request_duration_seconds_bucket",
        "http_requests_in_flight",
        "holdfast_db_pool_connections",
        "holdfast_db_pool_idle",
        "holdfast_db_pool_waiting",
        "holdfast_db_pool_errors_total",
        "holdfast_refusals_total",
        "holdfast_idempotent_replays_total",
    } <= names


async def test_odd_methods_are_one_series(api: Api) -> None:
    for method in ("BREW", "PROPFIND"):
        await api.client.request(method, "/health")
    text = (await api.client.get("/metrics")).text
    assert 'method="OTHER"' in text
    assert "BREW" not in text


async def test_a_request_keeps_a_sane_id_and_gets_one_otherwise(api: Api) -> None:
    async def answered(given: str) -> str:
        answer = await api.client.get("/health/live", headers={"X-Request-Id": given})
        return answer.headers["X-Request-Id"]

    assert await answered("trace-42.a:b_c") == "trace-42.a:b_c"
    for bad in ("", "x" * 65, "two words", 'quote"', "-starts-with-a-dash"):
        made = await answered(bad)
        assert made != bad
        assert len(made) == 32
    first, second = [(await api.client.get("/nope")).headers["X-Request-Id"] for _ in range(2)]
    assert first != second


async def test_each_request_is_one_log_line_without_secrets(
    database: TestDatabase,
    make: Make,
    caplog: pytest.LogCaptureFixture,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    caplog.set_level(logging.INFO, "holdfast.access")
    settings = Settings(secret_key=SecretStr(SECRET_KEY), rate_limit="off", log_format="json")
    app = create_app(settings, Database(database.server_url, max_size=2))
    user = make.client()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://holdfast.test") as client,
    ):
        headers = {**user.auth, "X-Request-Id": "r1"}
        await client.get("/api/v1/reservations/s3cret-token", headers=headers)
        path = "/api/v1/appointments/0190a000-0000-7000-8000-000000000000?asOf=s3cret-query"
        await client.get(path, headers={"X-Request-Id": "r2"})
        await client.get("/s3cret-path", headers={"X-Request-Id": "r3"})
        await client.get("/health/live")
    output = capfdbinary.readouterr().err
    assert b"s3cret" not in output
    assert user.token.encode() not in output
    first, second, third = [orjson.loads(line) for line in output.splitlines()]
    assert first["route"] == "/api/v1/reservations/{token}"
    assert first["user"] == str(user.id)
    assert (first["status"], first["scenario"]) == (404, "reservation_not_found")
    assert second["appointment_id"] == "0190a000-0000-7000-8000-000000000000"
    assert (second["status"], second["scenario"]) == (401, "unauthenticated")
    assert third["route"] == "unmatched"
    assert [line["request_id"] for line in (first, second, third)] == ["r1", "r2", "r3"]


@pytest.mark.parametrize("way", ["by the table", "by the framework"])
async def test_a_bug_is_a_problem_like_any_other(
    api: Api,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    way: str,
) -> None:
    async def left(*_: object) -> None:
        return None

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a detail that nobody may see")

    user = make.client()
    monkeypatch.setattr("holdfast.appointments.store.appointment", broken)
    if way == "by the framework":
        monkeypatch.setattr("holdfast.http.direct.Table.response", left)
    path = "/appointments/0190a000-0000-7000-8000-000000000000"
    answer = await api.get(path, user, headers={"X-Request-Id": "r9"})
    problem(answer, 500, "internal_error")
    assert "nobody may see" not in answer.text
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "unhandled error in GET /appointments/{appointment_id}"
    ]
    assert answer.headers["X-Request-Id"] == "r9"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert 'status="500"' in (await api.client.get("/metrics")).text


async def test_answers_tell_browsers_to_keep_and_guess_nothing(api: Api, make: Make) -> None:
    answers = [
        await api.get("/users/0190a000-0000-7000-8000-000000000000/appointments", make.client()),
        await api.client.get("/nope"),
        await api.client.post("/health/live"),
    ]
    for answer in answers:
        headers = answer.headers
        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert "Server" not in headers


async def test_a_route_may_say_how_its_answer_is_kept(api: Api, make: Make) -> None:
    place = make.place()
    path = f"/providers/{place.provider_id}/availability"
    query = {"serviceId": str(place.service_id), "date": "2026-03-02"}
    answer = await api.get(path, params=query)
    assert answer.headers.get_list("Cache-Control") == ["no-cache"]


@pytest.mark.parametrize("path", ["/", "/api/docs"])
async def test_pages_load_nothing_from_elsewhere(api: Api, path: str) -> None:
    page = await api.client.get(path)
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "http" not in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert "https://" not in page.text
    assert "<script>" not in page.text


async def test_the_documentation_has_all_its_parts(api: Api) -> None:
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "favicon.png", "start.js"):
        part = await api.client.get(f"/api/docs/{name}")
        assert part.status_code == 200
        assert len(part.content) > 100
        if tag := part.headers.get("ETag"):
            again = await api.client.get(f"/api/docs/{name}", headers={"If-None-Match": tag})
            assert again.status_code == 304
    problem(await api.client.get("/api/docs/../../setup.py"), 404, "not_found")
    problem(await api.client.get("/api/docs/redoc.standalone.js"), 404, "not_found")
    document = (await api.client.get("/api/v1/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert not any(path.startswith(("/health", "/metrics")) for path in document["paths"])


async def test_pages_of_allowed_origins_may_call_the_api(api: Api) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,if-match,idempotency-key",
    }
    preflight = await api.client.options("/api/v1/appointments/x", headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert preflight.headers["Access-Control-Allow-Credentials"] == "true"
    answer = await api.client.get("/api/v1/appointments/x", headers={"Origin": ORIGIN})
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    exposed = answer.headers["Access-Control-Expose-Headers"]
    for name in ("ETag", "Location", "Retry-After", "RateLimit", "Idempotency-Replayed"):
        assert name in exposed


async def test_pages_of_other_origins_may_not(api: Api) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    preflight = await api.client.options("/api/v1/appointments", headers=asked)
    problem(preflight, 403, "forbidden")
    assert "Access-Control-Allow-Origin" not in preflight.headers
    answer = await api.client.get("/health/live", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
