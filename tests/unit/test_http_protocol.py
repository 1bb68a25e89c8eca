"""What is sent over the bare socket: limits, deadlines, and answers to what is not HTTP."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from holdfast.http.security import Cors
from holdfast.http.whole import send_whole
from holdfast.runtime import protocol
from holdfast.runtime.http_server import ApiServer


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the length of the body."""
    if scope["type"] == "lifespan":
        for done in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{done}.complete"})
        return
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length += len(message["body"])
        if not message["more_body"]:
            break
    text = f"{scope['method']} {length} {scope['client'][0]} {scope['scheme']}"
    await PlainTextResponse(text)(scope, receive, send)


LARGE = b"x" * 8_000_000


async def at_once(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers as the application answers what is there as a whole: with what the path says."""
    if scope["type"] == "lifespan":
        await echo(scope, receive, send)
        return
    body = LARGE if scope["path"] == "/large" else scope["path"].encode()
    headers = [(b"content-length", b"%d" % len(body))]
    if scope["path"] == "/injected":
        headers.append((b"x-note", b"so\r\nset-cookie: stolen=1"))
    await send_whole(scope, send, 200, headers, body)


class Running:
    """A server in this loop, and connections to it."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def say(self, *parts: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send the parts, one after the other; the answer: status, headers, body."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
            return await answer(reader)
        finally:
            writer.close()


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    body = await reader.readexactly(int(headers["content-length"]))
    return int(head[0].split()[1]), headers, body


@pytest.fixture
async def trusted() -> tuple[str, ...]:
    return ()


@pytest.fixture
async def app() -> ASGIApp:
    return echo


@pytest.fixture
async def running(trusted: tuple[str, ...], app: ASGIApp) -> AsyncIterator[Running]:
    ready = asyncio.Event()
    server = ApiServer(app, on_ready=ready.set, on_stop=lambda: None, trusted_proxies=trusted)
    listener = socket.create_server(("127.0.0.1", 0))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    port = listener.getsockname()[1]
    await ready.wait()
    yield Running(port)
    server.stop()
    await task


def is_refused(reply: tuple[int, dict[str, str], bytes], about: str) -> None:
    status, headers, body = reply
    assert status == 400
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    problem = json.loads(body)
    assert problem["scenario"] == "malformed_request"
    assert problem["status"] == 400
    assert about in problem["detail"]


async def test_ordinary_requests_pass_and_the_server_is_not_named(running: Running) -> None:
    status, headers, body = await running.say(
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n", b"abc"
    )
    assert (status, body) == (200, b"POST 3 127.0.0.1 http")
    assert "server" not in headers


@pytest.mark.parametrize(
    "bad",
    [
        b"this is not HTTP\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nno colon here\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_what_is_not_http_is_answered_with_a_problem(running: Running, bad: bytes) -> None:
    is_refused(await running.say(bad), "not a well-formed HTTP request")


async def test_a_head_that_is_too_large_is_refused(running: Running) -> None:
    large = b"x" * (protocol.MAXIMUM_HEAD_BYTES + 1)
    begin = b"GET / HTTP/1.1\r\nHost: x\r\n"
    is_refused(await running.say(begin + b"A: " + large + b"\r\n\r\n"), "larger than 32 kB")
    is_refused(await running.say(b"GET /" + large + b" HTTP/1.1\r\nHost: x\r\n\r\n"), "larger")
    many = b"".join(b"A%d: %s\r\n" % (number, b"x" * 1000) for number in range(40))
    is_refused(await running.say(begin, many, b"\r\n"), "larger than 32 kB")


async def test_a_head_that_never_ends_is_refused(running: Running) -> None:
    begin = b"GET / HTTP/1.1\r\nHost: x\r\nA: "
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(begin)
    for _ in range(protocol.MAXIMUM_HEAD_BYTES // 1024):
        writer.write(b"x" * 1024)
        await writer.drain()
    is_refused(await answer(reader), "larger than 32 kB")
    writer.close()


async def test_a_large_body_does_not_count_as_head(running: Running) -> None:
    body = b"x" * 200_000
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"
    assert (await running.say(head + body))[2].startswith(b"POST 200000 ")
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write((head + body) * 3)  # pipelined
    for _ in range(3):
        assert (await answer(reader))[2].startswith(b"POST 200000 ")
    writer.close()


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
    ],
)
async def test_a_request_that_does_not_go_on_is_hung_up_on(
    monkeypatch: pytest.MonkeyPatch, running: Running, begun: bytes
) -> None:
    monkeypatch.setattr(protocol, "REQUEST_READ_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(begun)
    assert await reader.read() == b""
    writer.close()


async def test_an_idle_connection_is_kept_for_the_next_request(
    monkeypatch: pytest.MonkeyPatch, running: Running
) -> None:
    monkeypatch.setattr(protocol, "REQUEST_READ_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    for pause_seconds in (0, 0.15):  # longer than a request may take
        await asyncio.sleep(pause_seconds)
        writer.write(request)
        assert (await answer(reader))[0] == 200
    writer.close()


FORWARDED = (
    b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n\r\n"
)


async def test_forwarded_headers_are_not_believed(running: Running) -> None:
    assert (await running.say(FORWARDED))[2] == b"GET 0 127.0.0.1 http"


@pytest.mark.parametrize("trusted", [("127.0.0.0/8",)])
async def test_forwarded_headers_of_a_trusted_proxy_are(running: Running) -> None:
    assert (await running.say(FORWARDED))[2] == b"GET 0 203.0.113.9 https"


whole = pytest.mark.parametrize("app", [at_once])


@whole
async def test_whole_answers_keep_the_connection_and_their_order(running: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    for _ in range(2):
        paths = [f"/{number}".encode() for number in range(5)]
        writer.write(b"".join(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path for path in paths))
        for path in paths:
            status, headers, body = await answer(reader)
            assert (status, body) == (200, path)
            assert "date" in headers
    writer.close()


@whole
async def test_a_whole_answer_to_head_has_no_body(running: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(b"HEAD /seven HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    assert b"content-length: 6" in head
    assert body == b""
    writer.close()


@whole
async def test_whoever_wants_to_hang_up_is_told_so_and_is_hung_up_on(running: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    status, headers, body = await answer(reader)
    assert (status, body, headers["connection"]) == (200, b"/last", "close")
    assert await reader.read() == b""
    writer.close()


@whole
async def test_no_header_of_a_whole_answer_ends_before_its_end(running: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(b"GET /injected HTTP/1.1\r\nHost: x\r\n\r\n")
    assert await reader.read() == b""  # a bug: nothing is better than half of it
    writer.close()


@whole
async def test_a_whole_answer_waits_for_a_client_that_reads_slowly(running: Running) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    for _ in range(3):
        assert (await answer(reader))[2] == LARGE
    writer.close()


@pytest.mark.parametrize("app", [Cors(at_once, ["https://shop.example"])])
async def test_a_page_of_another_origin_may_read_a_whole_answer(running: Running) -> None:
    request = b"GET /seven HTTP/1.1\r\nHost: x\r\nOrigin: https://shop.example\r\n\r\n"
    status, headers, body = await running.say(request)
    assert (status, body) == (200, b"/seven")
    assert headers["access-control-allow-origin"] == "https://shop.example"
