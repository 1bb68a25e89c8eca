"""What comes over a real connection: large, broken and half requests (SPEC 4.9)."""

import json
import socket
from collections.abc import Iterator

import pytest

from holdfast.http.limits import MAXIMUM_BODY_BYTES
from tests.contract.scene import Scene
from tests.contract.snapshot import snapshot
from tests.support.cluster import TestDatabase
from tests.support.make import Make
from tests.support.server import Server, as_url

LARGE = 10_000_000


@pytest.fixture(scope="module")
def server(
    shared_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    env = {"HOLDFAST_DATABASE_URL": as_url(shared_database.server_url)}
    with Server(tmp_path_factory.mktemp("server"), "api", env=env) as server:
        yield server


class Connection:
    """A connection to the server, and the answers that come over it."""

    def __init__(self, server: Server) -> None:
        address = ("127.0.0.1", int(server.env["HOLDFAST_PORT"]))
        self.socket = socket.create_connection(address, timeout=30)
        self._stream = self.socket.makefile("rb")

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self.socket.close()

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.socket.sendall(part)

    def line(self) -> str:
        """The next line of an answer's head; empty at its end."""
        return self._stream.readline().decode("latin-1").strip()

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next answer."""
        status = int(self._stream.readline().split()[1])
        headers: dict[str, str] = {}
        while line := self._stream.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        return status, headers, self._stream.read(int(headers.get("content-length", 0)))

    def problem(self, status: int, scenario: str) -> None:
        answered, headers, body = self.answer()
        assert answered == status, body
        assert headers["content-type"] == "application/problem+json"
        assert json.loads(body)["scenario"] == scenario


def head(scene: Scene, method: str, path: bytes, *lines: str) -> bytes:
    user = scene.caller
    assert user is not None
    first = method.encode() + b" /api/v1" + path + b" HTTP/1.1\r\n"
    fixed = ["Host: holdfast.test", f"Authorization: {user.auth['Authorization']}"]
    fixed += ["Content-Type: application/json", *lines]
    return first + "\r\n".join([*fixed, "", ""]).encode("latin-1")


def still_works(connection: Connection, scene: Scene) -> None:
    connection.send(head(scene, "GET", b"/auth/me"))
    assert connection.answer()[0] == 200


@pytest.fixture
def scene(shared_make: Make) -> Scene:
    return Scene(shared_make, "admin")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_ten_megabytes(
    server: Server, scene: Scene, shared_make: Make, chunked: bool
) -> None:
    assert scene.caller is not None  # made before the snapshot
    before = snapshot(shared_make)
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {LARGE}"
    body = b'{"name": "' + b"x" * (LARGE - 12) + b'"}'
    with Connection(server) as connection:
        connection.send(head(scene, "POST", b"/facilities", framing))
        if chunked:
            for start in range(0, LARGE, 50_000):
                part = body[start : start + 50_000]
                connection.send(f"{len(part):x}\r\n".encode(), part, b"\r\n")
            connection.send(b"0\r\n\r\n")
        else:
            connection.send(body)
        connection.problem(413, "payload_too_large")
        still_works(connection, scene)
    assert snapshot(shared_make) == before


def test_a_body_that_says_it_is_larger_than_it_is(server: Server, scene: Scene) -> None:
    """The client goes away in the middle; nobody else notices."""
    for size in (100, MAXIMUM_BODY_BYTES, 10**12):
        with Connection(server) as connection:
            connection.send(head(scene, "POST", b"/facilities", f"Content-Length: {size}"), b"{")
    with Connection(server) as connection:
        still_works(connection, scene)
    assert "Traceback" not in server.output


@pytest.mark.parametrize(
    "path",
    [
        b"/availability?serviceId=\xff",
        b"/availability?\xff\xfe",
        b"/appointments/\xff",
        b"/appointments/\xed\xa0\x80",
        b"/reservations/\x80\x81",
        b"/nothing/\xff?\xff=\xff",
        b"/appointments/%ff%00?cursor=%ff",
        b"//appointments",
        b"/../../etc/passwd",
        b"/%2e%2e/%2e%2e/etc/passwd",
        b"/appointments/" + b"x" * 20_000,
    ],
)
def test_addresses_that_are_not_text(server: Server, scene: Scene, path: bytes) -> None:
    with Connection(server) as connection:
        connection.send(head(scene, "GET", path))
        status, headers, body = connection.answer()
        assert status in (400, 404, 405, 422), body
        assert headers["content-type"] == "application/problem+json"
        assert json.loads(body)["status"] == status
    assert "Traceback" not in server.output


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /api/v1/auth/me HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        b"GET /api/v1/auth/me HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/v1/auth/signin HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /api/v1/auth/signin HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /api/v1/auth/me HTTP/1.1\r\nHost: a\r\nBad Header: 1\r\n\r\n",
        b"GET /api/v1/auth/me HTTP/1.1\r\nHost: a\r\nX-Null: a\x00b\r\n\r\n",
        b"GET /api/v1/auth/me HTTP/1.1\r\nX-Large: " + b"x" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    ],
)
def test_what_is_not_http(server: Server, scene: Scene, sent: bytes) -> None:
    with Connection(server) as connection:
        connection.send(sent)
        connection.problem(400, "malformed_request")
    with Connection(server) as connection:
        still_works(connection, scene)


def test_many_requests_on_one_connection(server: Server, scene: Scene) -> None:
    """Sent without waiting for the answers, which come in order."""
    with Connection(server) as connection:
        connection.send(head(scene, "GET", b"/auth/me") * 20 + head(scene, "GET", b"/nothing"))
        assert [connection.answer()[0] for _ in range(21)] == [200] * 20 + [404]
