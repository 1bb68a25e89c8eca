"""One round trip to the database for each reserve: counted on the wire.

A relay stands between Holdfast and PostgreSQL and reads the protocol as it passes. A client waits
once for every Sync (extended protocol) and every simple Query, so those are the round trips; the
statement that went with each says whose it was. Nothing of Holdfast is changed for it.
"""

import asyncio
from collections import Counter
from contextlib import ExitStack
from urllib.parse import urlsplit, urlunsplit

from psycopg.conninfo import conninfo_to_dict

from bench import plans, report
from bench.context import Bench
from bench.found import Found
from bench.load import Fleet, in_loop
from bench.stack import Stack
from bench.world import World

CLIENTS = 8
REQUESTS = 50  # of each client
_ENCRYPTION_REQUESTS = (80877103, 80877104)  # TLS, GSSAPI


class _Reader:
    """Follows what a client sends on one connection."""

    def __init__(self, trips: Counter[str]) -> None:
        self._trips = trips
        self._buffer = b""
        self._is_starting = True
        self._statements: dict[bytes, str] = {}
        self._present = "?"
        self._is_bound = False

    def feed(self, data: bytes) -> None:
        self._buffer += data
        while message := self._next():
            self._follow(*message)

    def _next(self) -> tuple[bytes, bytes] | None:
        head = 0 if self._is_starting else 1
        if len(self._buffer) < head + 4:
            return None
        length = int.from_bytes(self._buffer[head : head + 4], "big")
        if len(self._buffer) < head + length:
            return None
        kind, body = self._buffer[:head], self._buffer[head + 4 : head + length]
        self._buffer = self._buffer[head + length :]
        if self._is_starting:
            self._is_starting = int.from_bytes(body[:4], "big") in _ENCRYPTION_REQUESTS
        return kind, body

    def _follow(self, kind: bytes, body: bytes) -> None:
        if kind == b"P":  # Parse: name, text
            name, text, *_ = body.split(b"\0")
            self._present = self._statements[name] = _subject(text)
        elif kind == b"B":  # Bind: portal, name of the statement
            _, name, *_ = body.split(b"\0")
            self._present = self._statements.get(name, self._present)
            self._is_bound = True
        elif kind == b"Q":
            self._trips[_subject(body.rstrip(b"\0"))] += 1
        elif kind == b"S":
            # Each connection prepares a statement once, after it has seen it some times.
            self._trips[self._present if self._is_bound else f"prepare {self._present}"] += 1
            self._is_bound = False


def _subject(text: bytes) -> str:
    """What a statement is about: the function it calls, else its first words."""
    words = text.decode(errors="replace").split()
    called = [word for word in words if "(" in word and word.partition("(")[0].isidentifier()]
    return called[0].partition("(")[0] if called else " ".join(words[:3])


async def _relay(socket_path: str, trips: Counter[str]) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_unix_connection(socket_path)
        wire = _Reader(trips)

        async def copy(
            source: asyncio.StreamReader, target: asyncio.StreamWriter, *, is_read: bool
        ) -> None:
            try:
                while data := await source.read(65536):
                    if is_read:
                        wire.feed(data)
                    target.write(data)
                    await target.drain()
            except ConnectionError:
                return
            finally:
                target.close()

        await asyncio.gather(
            copy(reader, up_writer, is_read=True), copy(up_reader, writer, is_read=False)
        )

    return await asyncio.start_server(serve, "127.0.0.1", 0)


def run(bench: Bench) -> Found:
    """Reserves gathered in one round trip share it, so there are fewer of those."""
    reserved, trips = in_loop(lambda: count(bench.stack, bench.world))
    report.console.print(f"\nround trips to PostgreSQL while {reserved} slots were reserved:")
    for name, number in trips.items():
        report.console.print(f"  {number:>6}  {name}")
    return Found(series={"reserved": reserved, "round_trips": trips})


async def count(stack: Stack, world: World) -> tuple[int, dict[str, int]]:
    """How many slots were reserved, and the round trips of that time by what they were for."""
    trips: Counter[str] = Counter()
    parts = urlsplit(stack.postgres.server_url)
    socket_dir = conninfo_to_dict(stack.postgres.server_url)["host"]
    relay = await _relay(f"{socket_dir}/.s.PGSQL.{parts.port}", trips)
    port = relay.sockets[0].getsockname()[1]
    place = f"{parts.username}:{parts.password}@127.0.0.1:{port}"
    url = urlunsplit(parts._replace(netloc=place))

    closing = ExitStack()
    server = await asyncio.to_thread(closing.enter_context, stack.server(database_url=url))
    try:
        fleet = await Fleet.connect(server.url, CLIENTS)
        groups = [world.next_clients(REQUESTS) for _ in range(CLIENTS)]
        await fleet.run([plans.warm(clients) for clients in groups])
        before = Counter(trips)
        sample = await fleet.run(
            [
                plans.reserve(world, list(zip(clients, world.next_slots(REQUESTS), strict=True)))
                for clients in groups
            ]
        )
        found = trips - before
        fleet.close()
    finally:
        await asyncio.to_thread(closing.close)
        relay.close()
    assert sample.outcomes == {"201": CLIENTS * REQUESTS}, sample.outcomes
    return sample.count, dict(found.most_common())
