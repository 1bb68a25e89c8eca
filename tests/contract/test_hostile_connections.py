"""Connections that get nowhere: each is answered or ended, and nobody else notices (SPEC 4.9, §5).

A real server process, and raw sockets.
"""

import base64
import json
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.embedded.support import wait_until
from tests.support.cluster import TestDatabase
from tests.support.make import Make
from tests.support.server import Server, as_url

KEY = base64.b64encode(b"0123456789abcdef").decode()
SOCKET = "/socket.io/?EIO=4&transport=websocket"
UPGRADE = ("Upgrade: websocket", "Connection: Upgrade")
SHAKE = (*UPGRADE, f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13")
MEMBERS = {
    *("type", "title", "status", "detail", "instance"),
    *("success", "message", "scenario", "details", "recoverable"),
}


def running(database: TestDatabase, folder: Path, **env: str) -> Server:
    return Server(folder, "api", env={"HOLDFAST_DATABASE_URL": as_url(database.server_url), **env})


@pytest.fixture(scope="module")
def server(
    shared_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with running(shared_database, tmp_path_factory.mktemp("hostile")) as server:
        yield server


def request(*lines: str, path: str = SOCKET, host: str | None = "holdfast.test") -> bytes:
    first = [f"GET {path} HTTP/1.1", *([f"Host: {host}"] if host is not None else [])]
    return "\r\n".join([*first, *lines, "", ""]).encode("latin-1")


def connected(server: Server) -> socket.socket:
    address = ("127.0.0.1", int(server.env["HOLDFAST_PORT"]))
    return socket.create_connection(address, timeout=30)


def read_all(connection: socket.socket) -> bytes:
    """What comes until the server hangs up."""
    with connection.makefile("rb") as stream:
        return stream.read()


def is_problem(answer: bytes, status: int, scenario: str) -> dict[str, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    assert lines[0].startswith(f"http/1.1 {status} "), answer
    assert "content-type: application/problem+json" in lines, answer
    assert "connection: close" in lines, answer
    problem = json.loads(body)
    assert problem.keys() >= MEMBERS
    assert (problem["status"], problem["scenario"]) == (status, scenario)
    return problem


def still_answers(server: Server, seconds: float = 10) -> None:
    assert httpx.get(f"{server.url}/health", timeout=seconds).status_code == 200


UPGRADES_THAT_ARE_NONE = {
    "with a length": request(*SHAKE, "Content-Length: 1"),
    "with a length and a body": request(*SHAKE, "Content-Length: 1") + b"x",
    "chunked": request(*SHAKE, "Transfer-Encoding: chunked"),
    "chunked and ended": request(*SHAKE, "Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "without a key": request(*UPGRADE, "Sec-WebSocket-Version: 13"),
    "with a bad key": request(*UPGRADE, "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13"),
    "without a version": request(*UPGRADE, f"Sec-WebSocket-Key: {KEY}"),
    "of another version": request(*SHAKE[:3], "Sec-WebSocket-Version: 8"),
    "by POST": request(*SHAKE).replace(b"GET", b"POST", 1),
    "with a long header": request(*SHAKE, "X-Long: " + "x" * 10_000),
    "with many headers": request(*SHAKE, *(f"X-{number}: 1" for number in range(200))),
    "of HTTP/1.0": request(*SHAKE).replace(b"HTTP/1.1", b"HTTP/1.0", 1),
    "of an unknown protocol of Socket.IO": request(*SHAKE, path="/socket.io/?EIO=9"),
    "for a session that is none": request(*SHAKE, path=SOCKET + "&sid=nothing"),
}


@pytest.mark.parametrize("kind", UPGRADES_THAT_ARE_NONE)
def test_an_upgrade_that_is_none_is_refused_and_hung_up_on(server: Server, kind: str) -> None:
    with connected(server) as connection:
        connection.sendall(UPGRADES_THAT_ARE_NONE[kind])
        is_problem(read_all(connection), 400, "malformed_request")
    assert "Traceback" not in server.output


@pytest.mark.parametrize("path", ["/", "/api/v1/auth/me", "/socket.io", "/nothing", "/health"])
def test_an_upgrade_where_there_is_no_socket_is_not_found(server: Server, path: str) -> None:
    with connected(server) as connection:
        connection.sendall(request(*SHAKE, path=path))
        is_problem(read_all(connection), 404, "not_found")


def test_a_right_upgrade_succeeds(server: Server) -> None:
    for more in ((), ("Content-Length: 0",)):
        with connected(server) as connection:
            connection.sendall(request(*SHAKE, *more))
            assert connection.recv(12) == b"HTTP/1.1 101"


@pytest.mark.parametrize(
    "sent",
    [
        request(path="/health", host=None),
        request("Host: other.test", path="/health"),
        request("Host: holdfast.test", path="/health"),
        request(path="/health", host=""),
        request(path="/health", host="a b"),
        request(path="/health", host="a/b"),
        request(path="/health", host="user@a"),
        request(path="/health", host="a:b"),
        request(path="/health", host="[::1"),
        request(path="/health", host="\xfc.test"),
        request("Host: other.test", path="/health").replace(b"HTTP/1.1", b"HTTP/1.0"),
        request(*SHAKE, host=None),
        request(*SHAKE, "Host: other.test"),
    ],
)
def test_a_request_names_one_host(server: Server, sent: bytes) -> None:
    with connected(server) as connection:
        connection.sendall(sent)
        problem = is_problem(read_all(connection), 400, "malformed_request")
        assert "Host" in problem["detail"]


@pytest.mark.parametrize("host", ["a", "a.test:8080", "[::1]:80", "192.0.2.1", "a_b.test", "a:"])
def test_hosts_that_are_some(server: Server, host: str) -> None:
    with connected(server) as connection:
        connection.sendall(request("Connection: close", path="/health/live", host=host))
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")


def test_http_1_0_needs_no_host(server: Server) -> None:
    with connected(server) as connection:
        connection.sendall(b"GET /health/live HTTP/1.0\r\n\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")


def test_three_hundred_connections_that_get_nowhere_stop_nobody(server: Server) -> None:
    kinds = [
        b"",
        b"GET / HT",
        request(path="/")[:-2],
        request(*SHAKE, "Content-Length: 1"),
        request(*SHAKE, "Transfer-Encoding: chunked"),
        request(*SHAKE),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ]
    with ExitStack() as stack:
        for number in range(300):
            connection = stack.enter_context(closing(connected(server)))
            connection.sendall(kinds[number % len(kinds)])
        still_answers(server)


def test_when_all_connections_are_taken_idle_ones_make_room_and_the_log_says_so(
    shared_database: TestDatabase, tmp_path: Path
) -> None:
    with running(shared_database, tmp_path, HOLDFAST_CONNECTIONS="50") as server:
        with ExitStack() as stack:
            for number in range(300):
                connection = stack.enter_context(closing(connected(server)))
                connection.sendall(b"GET / HT" if number % 2 else b"")
            still_answers(server)
        lines = [line for line in server.output.splitlines() if "all 50 connections" in line]
        assert len(lines) == 1, "once, not once for each of them"


def test_when_none_can_be_taken_that_is_answered_and_logged(
    shared_database: TestDatabase, tmp_path: Path
) -> None:
    """All are in use: live connections, which nobody may hang up on."""
    with running(shared_database, tmp_path, HOLDFAST_CONNECTIONS="5") as server:
        with ExitStack() as stack:
            for _ in range(5):
                connection = stack.enter_context(closing(connected(server)))
                connection.sendall(request(*SHAKE))
                assert connection.recv(12) == b"HTTP/1.1 101"
            late = stack.enter_context(closing(connected(server)))
            answer = read_all(late)
            is_problem(answer, 503, "unavailable")
            assert b"retry-after: 5" in answer
        assert "no more connections can be taken, all 5 are in use" in server.output
        server.wait_for("/health", 200)  # they have gone


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """A masked WebSocket frame with a mask of zeros."""
    head = bytes([(0x80 if fin else 0) | opcode, 0x80 | len(payload)])
    return head + b"\0\0\0\0" + payload


@pytest.mark.parametrize("kind", ["pings", "pongs", "parts"])
def test_a_flood_that_is_no_message_is_cut_too(
    server: Server, shared_make: Make, kind: str
) -> None:
    """A stranger is cut after 10 s, too, so this one shows a token."""
    flood = {"pings": frame(9, b"x"), "pongs": frame(10, b"x"), "parts": frame(0, fin=False)}[kind]
    with connected(server) as connection:
        connection.sendall(request(*SHAKE))
        token = json.dumps({"token": shared_make.client().token}).encode()
        assert connection.recv(12) == b"HTTP/1.1 101"
        payload = b"40" + token
        mask_free = b"\x81" + b"\xfe" + len(payload).to_bytes(2, "big") + b"\0\0\0\0" + payload
        connection.sendall(mask_free)
        if kind == "parts":
            connection.sendall(frame(1, b"4", fin=False))
        began = time.monotonic()
        connection.setblocking(False)
        while time.monotonic() - began < 40:
            try:
                connection.sendall(flood * 20)
                while connection.recv(65536):
                    pass
                break
            except BlockingIOError:
                select.select([], [], [], 0.1)  # two hundred in a second
            except ConnectionError:
                break
        seconds = time.monotonic() - began
    assert 9 < seconds < 25
    still_answers(server)


def test_a_client_that_never_reads_its_answers_is_cut(
    shared_database: TestDatabase, tmp_path: Path
) -> None:
    with running(shared_database, tmp_path) as server, connected(server) as connection:
        # Some 100 MB of answers, far more than the kernels of both sides keep.
        connection.sendall(request(path="/api/v1/openapi.json") * 300)
        wait_until(lambda: "does not read was cut" in server.output, "it is cut", 60)
        still_answers(server)
