"""A light HTTP/1.1 client for load: keep-alive connections, one request at a time on each.

It reads no more of an answer than its status, its length and its body, and costs some tens of
microseconds for each request, so that the server is what is measured. What it costs is shown.
"""

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TypeVar, cast
from urllib.parse import urlsplit

import uvloop

from bench.sample import Sample

T = TypeVar("T")
ANSWER_SECONDS = 60.0
# Of one phase, however slow the machine is: what was not done by then is left out.
LONGEST_SECONDS = 120.0


class Request(NamedTuple):
    """The bytes to send; what only prepares a measured request is sent without being counted.

    name: what it is, where one plan does several things.
    """

    data: bytes
    is_measured: bool = True
    name: str = ""


class Answer(NamedTuple):
    """What of an answer is looked at."""

    status: int
    head: bytes
    body: bytes


class Timed(NamedTuple):
    """One measured request: when it was sent by `time.perf_counter()`, and how long it took."""

    name: str
    sent: float
    latency_ms: float


# What one connection does: yields requests, is sent their answers, and may go on for ever.
Plan = Generator[Request, Answer, None]


def request(
    method: str, path: str, *, token: str = "", body: str = "", headers: Sequence[str] = ()
) -> bytes:
    """The bytes of a request to the API."""
    lines = [f"{method} /api/v1{path} HTTP/1.1", "Host: bench", *headers]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


class _Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        self._received = received = self._received + data if self._received else data
        end = received.find(b"\r\n\r\n")
        if end < 0 or self._answer is None:
            return
        head = received[:end].lower()
        start = end + 4
        at = head.find(b"\r\ncontent-length:")
        if at >= 0:
            finish = head.find(b"\r\n", at + 2)
            length = int(head[at + 17 : finish if finish >= 0 else None])
        else:
            length = 0
        if len(received) < start + length:
            return
        self._received = b""
        if not self._answer.done():
            self._answer.set_result(Answer(int(head[9:12]), head, received[start:]))

    async def ask(self, data: bytes) -> Answer:
        if self._transport is None:
            raise ConnectionError("the server hung up")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Fleet:
    """Some connections to one server, made once and used for several plans."""

    def __init__(self, connections: Sequence[_Connection]) -> None:
        self._connections = connections

    @classmethod
    async def connect(cls, url: str, clients: int) -> "Fleet":
        parts = urlsplit(url)
        loop = asyncio.get_running_loop()
        made: list[_Connection] = []
        for _ in range(clients):
            _, protocol = await loop.create_connection(
                _Connection, parts.hostname or "", parts.port or 0
            )
            made.append(protocol)
            # One after the other, so that the server's processes share them.
            await protocol.ask(b"GET /health/live HTTP/1.1\r\nHost: bench\r\n\r\n")
        return cls(made)

    def __len__(self) -> int:
        return len(self._connections)

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    async def run(
        self,
        plans: Sequence[Plan],
        *,
        seconds: float = LONGEST_SECONDS,
        good: frozenset[int] = frozenset({200, 201, 204, 304}),
        timeline: list[Timed] | None = None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> Sample:
        """Let each connection follow its plan until it ends, or the time is over.

        Args:
            good: the statuses that are no errors.
            timeline: gets each measured request.
            is_over: asked before each request; the time is over when it says so.
        """
        latencies_ms: list[float] = []
        statuses: Counter[str] = Counter()
        bad_statuses = 0
        began, cpu = time.perf_counter(), time.process_time()
        deadline = began + seconds

        async def follow(connection: _Connection, plan: Plan) -> None:
            nonlocal bad_statuses
            step = next(plan, None)
            while step is not None:
                sent = time.perf_counter()
                if sent >= deadline or is_over():
                    plan.close()
                    return
                answer = await connection.ask(step.data)
                if step.is_measured:
                    latency_ms = (time.perf_counter() - sent) * 1000
                    latencies_ms.append(latency_ms)
                    if timeline is not None:
                        timeline.append(Timed(step.name, sent, latency_ms))
                    statuses[str(answer.status)] += 1
                    bad_statuses += answer.status not in good
                try:
                    step = plan.send(answer)
                except StopIteration:
                    return

        pairs = zip(self._connections, plans, strict=True)
        with _no_collection():
            async with asyncio.timeout(seconds + ANSWER_SECONDS):
                await asyncio.gather(*(follow(connection, plan) for connection, plan in pairs))
        elapsed_seconds = time.perf_counter() - began
        return Sample.of(
            latencies_ms,
            elapsed_seconds=elapsed_seconds,
            errors=bad_statuses,
            client_cores=(time.process_time() - cpu) / elapsed_seconds,
            outcomes=dict(statuses),
        )


@contextmanager
def _no_collection() -> Iterator[None]:
    """A pause of ours must not look like one of the server."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def in_loop(work: Callable[[], Awaitable[T]]) -> T:
    """Run on the fast event loop."""

    async def run() -> T:
        return await work()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())
