"""Requests to others: where they go, and what the other side can do (SPEC-deliveries §5)."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from holdfast.deliveries import outbound
from holdfast.deliveries.addresses import Guard
from holdfast.deliveries.outbound import MAXIMUM_ANSWER_BYTES, Outbound, OutboundError
from tests.deliveries.sinks import sink
from tests.support.certificates import Certificates


@asynccontextmanager
async def opened(*allow: str, **more: object) -> AsyncIterator[Outbound]:
    out = Outbound(Guard(allow), **more)  # type: ignore[arg-type]
    try:
        yield out
    finally:
        await out.close()


def on_loopback(**more: object) -> AbstractAsyncContextManager[Outbound]:
    return opened("127.0.0.0/8", **more)


class Answers(AbstractResolver):
    """Answers with the next address each time that it is asked."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        address = self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        pass


async def test_an_answer_is_what_the_other_side_said() -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        said = await request.text()
        return web.Response(status=418, text=said, headers={"Retry-After": "7"})

    async with sink(handler) as port, on_loopback() as out:
        answer = await out.request("POST", f"http://127.0.0.1:{port}/x", body=b"a pot")
    assert (answer.status, answer.text, answer.headers["retry-after"]) == (418, "a pot", "7")
    assert not answer.is_cut


@pytest.mark.parametrize("name", ["private.example", "rebound.example"])
async def test_a_name_that_turns_private_is_refused_at_the_socket(name: str) -> None:
    requests = []

    async def handler(request: web.BaseRequest) -> web.Response:
        requests.append(request.path)
        return web.Response()

    async with sink(handler) as port, opened("127.0.0.2/32") as unused:
        # Public as it was saved, private as it is used.
        assert unused.guard.objection(f"https://{name}:{port}/") is None
        for address in ("127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "169.254.169.254"):
            resolver = Answers(address)
            async with opened("127.0.0.2/32", resolver=resolver) as out:
                for scheme in ("https", "http"):
                    with pytest.raises(OutboundError) as caught:
                        await out.request("POST", f"{scheme}://{name}:{port}/")
                    assert (caught.value.trouble, caught.value.was_sent) == ("not_allowed", False)
            assert resolver.asked
    assert requests == []


async def test_a_name_is_looked_at_each_time_that_it_answers() -> None:
    """The first answer is one that may be reached, the second is not."""
    requests = []

    async def handler(request: web.BaseRequest) -> web.Response:
        requests.append(request.path)
        return web.Response(headers={"Connection": "close"})

    resolver = Answers("127.0.0.1", "127.0.0.2")
    async with sink(handler) as port, opened("127.0.0.1/32", resolver=resolver) as out:
        url = f"http://rebound.example:{port}/x"
        assert (await out.request("POST", url)).status == 200
        out._sessions[False].connector.clear_dns_cache()  # type: ignore[union-attr]
        with pytest.raises(OutboundError) as caught:
            await out.request("POST", url)
    assert caught.value.trouble == "not_allowed"
    assert requests == ["/x"]


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    requests = []

    async def handler(request: web.BaseRequest) -> web.Response:
        requests.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    async with sink(handler) as port, on_loopback() as out:
        answer = await out.request("POST", f"http://127.0.0.1:{port}/x", body=b"secret")
    assert answer.status == 307
    assert requests == ["/x"]


async def test_a_url_that_is_not_allowed_asks_nobody() -> None:
    resolver = Answers("127.0.0.1")
    async with on_loopback(resolver=resolver) as out:
        for url in ("ftp://a.example/", "https://u:p@a.example/", "https://10.0.0.1/", "nonsense"):
            with pytest.raises(OutboundError) as caught:
                await out.request("GET", url)
            assert caught.value.trouble == "not_allowed"
    assert resolver.asked == 0


async def test_a_gigabyte_is_cut() -> None:
    ended = asyncio.Event()

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for _ in range(16_384):
                await response.write(b"x" * 65_536)
        finally:
            ended.set()
        return response

    async with sink(handler) as port, on_loopback() as out:
        answer = await out.request("POST", f"http://127.0.0.1:{port}/")
        assert (answer.status, len(answer.body), answer.is_cut) == (200, MAXIMUM_ANSWER_BYTES, True)
        await asyncio.wait_for(ended.wait(), 10)


async def test_a_compressed_bomb_stays_small() -> None:
    async def handler(_: web.BaseRequest) -> web.Response:
        return web.Response(body=b"\x1f\x8b" + b"x" * 100, headers={"Content-Encoding": "gzip"})

    async with sink(handler) as port, on_loopback() as out:
        answer = await out.request("POST", f"http://127.0.0.1:{port}/")
    assert (answer.status, len(answer.body)) == (200, 102)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.5)
    monkeypatch.setattr(outbound, "CONNECT_SECONDS", 0.4)
    monkeypatch.setattr(outbound, "BODY_SECONDS", 0.2)


@pytest.mark.usefixtures("soon")
async def test_an_answer_that_drips_is_cut_and_its_status_counts() -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(status=202)
        await response.prepare(request)
        while True:
            await response.write(b".")
            await asyncio.sleep(0.01)

    async with sink(handler) as port, on_loopback() as out, asyncio.timeout(10):
        answer = await out.request("POST", f"http://127.0.0.1:{port}/")
    assert (answer.status, answer.is_cut) == (202, True)


@pytest.mark.usefixtures("soon")
async def test_no_answer_ends_in_time() -> None:
    async def handler(_: web.BaseRequest) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async with sink(handler) as port, on_loopback() as out, asyncio.timeout(10):
        with pytest.raises(OutboundError) as caught:
            await out.request("POST", f"http://127.0.0.1:{port}/")
    assert (caught.value.trouble, caught.value.was_sent) == ("timeout", True)


@pytest.mark.usefixtures("soon")
async def test_a_head_that_drips_ends_in_time() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"HTTP/1.1 200 OK\r\nX: ")
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:
            pass

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with on_loopback() as out, asyncio.timeout(10):
        with pytest.raises(OutboundError) as caught:
            await out.request("POST", f"http://127.0.0.1:{port}/")
    server.close()
    assert (caught.value.trouble, caught.value.was_sent) == ("timeout", True)


@pytest.mark.parametrize(
    "said",
    [b"", b"HTTP/1.1 2", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"],
)
async def test_what_is_no_answer_is_a_broken_connection(said: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with on_loopback() as out:
        with pytest.raises(OutboundError) as caught:
            await out.request("POST", f"http://127.0.0.1:{port}/")
    server.close()
    assert (caught.value.trouble, caught.value.was_sent) == ("broken", True)


async def test_nobody_there(unused_tcp_port: int) -> None:
    async with on_loopback() as out:
        with pytest.raises(OutboundError) as caught:
            await out.request("POST", f"http://127.0.0.1:{unused_tcp_port}/")
    assert (caught.value.trouble, caught.value.was_sent) == ("no_connection", False)


async def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def handler(_: web.BaseRequest) -> web.Response:
        return web.Response(text="here", headers={"Set-Cookie": "a=b"})

    async with sink(handler) as port, on_loopback() as out:
        url = f"http://127.0.0.1:{port}/"
        assert (await out.request("GET", url)).text == "here"


async def test_tls_is_checked(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)

    async def handler(_: web.BaseRequest) -> web.Response:
        return web.Response(text="here")

    async with sink(handler, certificates.server()) as port:
        url = f"https://localhost:{port}/"
        async with opened("127.0.0.0/8", tls=certificates.client()) as out:
            assert (await out.request("GET", url)).text == "here"
        async with on_loopback() as out:
            with pytest.raises(OutboundError) as caught:
                await out.request("GET", url)
        assert (caught.value.trouble, caught.value.was_sent) == ("tls", False)
