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


class _Course:
    """One run: how long it goes on, and what came of it."""

    def __init__(
        self,
        seconds: float,
        good: frozenset[int],
        timeline: list[Timed] | None,
        is_over: Callable[[], bool],
    ) -> None:
        self.latencies_ms: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.bad_statuses = 0
        self._deadline = time.perf_counter() + seconds
        self._good = good
        self._timeline = timeline
        self._is_over = is_over

    def goes_on(self, now: float) -> bool:
        return now < self._deadline and not self._is_over()

    def note(self, step: Request, sent: float, now: float, status: int) -> None:
        latency_ms = (now - sent) * 1000
        self.latencies_ms.append(latency_ms)
        if self._timeline is not None:
            self._timeline.append(Timed(step.name, sent, latency_ms))
        self.statuses[status] += 1
        self.bad_statuses += status not in self._good


class _Connection(asyncio.Protocol):
    """One keep-alive connection, and the plan that it follows.

    The next request is sent as the answer comes in: no task is woken up for it.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._step: Request | None = None
        self._sent = 0.0

    def follow(self, plan: Plan, course: _Course) -> "asyncio.Future[None]":
        """Ask for what the plan says; done when it, or the time, is over."""
        self._plan, self._course = plan, course
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ask(lambda: next(plan))
        return self._done

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._step is not None and not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        self._received = received = self._received + data if self._received else data
        end = received.find(b"\r\n\r\n")
        step = self._step
        if end < 0 or step is None:
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
        answer = Answer(int(head[9:12]), head, received[start:])
        if step.is_measured:
            self._course.note(step, self._sent, time.perf_counter(), answer.status)
        self._ask(lambda: self._plan.send(answer))

    def _ask(self, go_on: Callable[[], Request]) -> None:
        if self._done.done():  # given up
            return
        self._step = None
        try:
            step = go_on()
        except StopIteration:
            self._done.set_result(None)
            return
        except Exception as error:
            self._done.set_exception(error)
            return
        now = time.perf_counter()
        if not self._course.goes_on(now):
            self._plan.close()
            self._done.set_result(None)
        elif self._transport is None:
            self._done.set_exception(ConnectionError("the server hung up"))
        else:
            self._step, self._sent = step, now
            self._transport.write(step.data)


def _hello() -> Plan:
    yield Request(b"GET /health/live HTTP/1.1\r\nHost: bench\r\n\r\n")


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
            await cls([protocol]).run([_hello()])
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
        course = _Course(seconds, good, timeline, is_over)
        began, cpu = time.perf_counter(), time.process_time()
        pairs = zip(self._connections, plans, strict=True)
        with _no_collection():
            async with asyncio.timeout(seconds + ANSWER_SECONDS):
                await asyncio.gather(*[one.follow(plan, course) for one, plan in pairs])
        elapsed_seconds = time.perf_counter() - began
        return Sample.of(
            course.latencies_ms,
            elapsed_seconds=elapsed_seconds,
            errors=course.bad_statuses,
            client_cores=(time.process_time() - cpu) / elapsed_seconds,
            outcomes={str(status): count for status, count in course.statuses.items()},
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
