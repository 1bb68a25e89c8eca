"""How the web app is served: the page at every screen's address, files to keep, nothing else."""

import httpx
import pytest

from holdfast.http import spa
from tests.support.api import Api

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SCRIPT = b"console.log('held fast');"
FILES = {
    "index.html": spa.File("text/html", "page", False, {"": b"<!doctype html>plain", "br": b"BR"}),
    "assets/app-123.js": spa.File("text/javascript", "code", True, {"": SCRIPT, "gzip": b"GZ"}),
    "sw.js": spa.File("text/javascript", "worker", False, {"": b"worker"}),
}


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a known content, as if they had been built."""
    monkeypatch.setattr(spa, "built_files", lambda: FILES)


@pytest.fixture
def site(built: None, api: Api) -> httpx.AsyncClient:
    return api.client


@pytest.mark.parametrize("path", ["/", "/upcoming", "/shared/secret.with.dots", "/admin/users"])
async def test_every_screen_is_the_page(site: httpx.AsyncClient, path: str) -> None:
    answer = await site.get(path, headers={**HTML, "Accept-Encoding": "identity"})
    assert (answer.status_code, answer.text) == (200, "<!doctype html>plain")
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy and "default-src 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = await site.get(
        path,
        headers={**HTML, "Accept-Encoding": "identity", "If-None-Match": answer.headers["etag"]},
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_assets_may_be_kept_and_come_compressed(site: httpx.AsyncClient) -> None:
    plain = await site.get("/assets/app-123.js", headers={"Accept-Encoding": "identity"})
    assert plain.content == SCRIPT
    assert plain.headers["content-type"].startswith("text/javascript")
    assert "immutable" in plain.headers["cache-control"]
    head = await site.head("/assets/app-123.js", headers={"Accept-Encoding": "br, gzip"})
    assert head.headers["content-encoding"] == "gzip"
    assert head.headers["etag"] != plain.headers["etag"]
    assert head.headers["vary"] == "Accept-Encoding"


async def test_the_service_worker_may_load_the_app(site: httpx.AsyncClient) -> None:
    """It lives by the policy of its own file; without one it could fetch and import nothing."""
    worker = await site.get("/sw.js")
    assert worker.headers["cache-control"] == "no-cache"
    policy = worker.headers["content-security-policy"]
    assert "script-src 'self';" in policy and "connect-src 'self';" in policy


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/assets/app-gone.js", HTML),
        ("GET", "/api/v1/nothing", HTML),
        ("GET", "/api/nothing", HTML),
        ("GET", "/health/nothing", HTML),
        ("GET", "/upcoming", {"Accept": "application/json"}),
        ("POST", "/upcoming", HTML),
        ("GET", "/../app.py", {"Accept": "*/*"}),
    ],
)
async def test_the_rest_stays_a_problem(
    site: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = await site.request(method, path, headers=headers)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_without_a_build_it_says_so() -> None:
    app = spa.WebApp({})
    match, scope = app.matches({"type": "http", "method": "GET", "path": "/", "headers": []})
    assert match.name == "FULL" and scope == {"web_file": "index.html"}


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ((), ""),
        (("",), ""),
        (("br, gzip",), "br"),
        (("gzip, br",), "br"),
        (("gzip", "br"), "br"),
        (("BR",), "br"),
        (("br;q=0",), ""),
        (("br;q=0.000, gzip",), "gzip"),
        (("br; q=0 , gzip ; Q=0.2",), "gzip"),
        (("gzip;q=0",), ""),
        (("br;q=0, gzip;q=0",), ""),
        (("br;q=0.1, gzip;q=0.9",), "gzip"),
        (("*",), "br"),
        (("*;q=0",), ""),
        (("*;q=0, gzip",), "gzip"),
        (("br;q=0, *",), "gzip"),
        (("identity",), ""),
        (("identity, br;q=0.5",), ""),
        (("identity;q=0.5, br",), "br"),
        (("identity;q=0",), "br"),
        (("identity;q=0, br;q=0",), "gzip"),
        (("identity;q=0, *;q=0",), ""),
        (("x-gzip",), "gzip"),
        (("brotli, xgzip, deflate, zstd",), ""),
        (("br;q=2",), ""),
        (("br;q=x, gzip;q=",), ""),
        ((";;,,q=1,br",), "br"),
    ],
)
def test_the_coding_is_one_that_the_client_wants(accepted: tuple[str, ...], coding: str) -> None:
    assert spa.best_coding(accepted, {"": b"", "br": b"", "gzip": b""}) == coding


async def test_a_refused_coding_is_not_sent(site: httpx.AsyncClient) -> None:
    for accepted, coding in (("br", "br"), ("br;q=0", None), ("*;q=0", None), ("gzip", None)):
        page = await site.get("/", headers={**HTML, "Accept-Encoding": accepted})
        assert page.headers.get("content-encoding") == coding, accepted


@pytest.mark.parametrize("path", ["/", "/assets/app-123.js", "/api/docs/swagger-ui.css"])
async def test_what_the_client_has_is_not_sent_again(site: httpx.AsyncClient, path: str) -> None:
    """Compared weakly, in a list, or with `*` (RFC 9110 §13.1.2)."""
    plain = ("Accept-Encoding", "identity")
    tag = (await site.get(path, headers=[plain])).headers["etag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}', f'W/"x",W/{tag} , "y"', "*", f"{tag},"):
        again = await site.get(path, headers=[plain, ("If-None-Match", known)])
        assert (again.status_code, again.content) == (304, b""), known
        assert again.headers["etag"] == tag
    listed = [plain, ("If-None-Match", '"x"'), ("If-None-Match", tag)]
    assert (await site.get(path, headers=listed)).status_code == 304
    for other in ('"x"', 'W/"x", "y"', "", tag.strip('"'), tag.replace('"', "'")):
        answer = await site.get(path, headers=[plain, ("If-None-Match", other)])
        assert answer.status_code == 200, other
