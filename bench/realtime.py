"""From commit to client, and what a connection costs.

1,000 WebSockets listen to 250 appointments, four to each, while 200 changes a second are made. The
time of a change is the database's own (`updatedAt`), so the commit is included.
"""

import asyncio
import itertools
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import orjson
import websockets
from tests.support.make import Make, User, soon
from tests.support.server import Server

from bench import report
from bench.context import Bench
from bench.found import Found, Row
from bench.load import Fleet, Plan, Request, in_loop, request
from bench.memory import rss_bytes
from bench.sample import percentile
from bench.stack import api_pids

SOCKETS_EACH = 4
CHANGES_PER_SECOND = 200
SECONDS = 15.0
CONNECT_SECONDS = 120.0
WRITERS = 10
P99_AIM_MS = 50
PACE_AIM = 0.98 * CHANGES_PER_SECOND  # slower than that, the latency is one of less work
DATABASE = "realtime"


class Sockets:
    """Connections that note when each event came."""

    def __init__(self) -> None:
        self.latencies_ms: list[float] = []
        self._expected = sys.maxsize
        self._all_there = asyncio.Event()
        self._open: list[websockets.ClientConnection] = []
        self._readers: list[asyncio.Task[None]] = []

    async def connect(self, url: str, user: User, channels: Sequence[str]) -> None:
        """One connection for each channel of the list."""
        address = url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        token = orjson.dumps({"token": user.token}).decode()
        for channel in channels:
            connection = await websockets.connect(address, compression=None, ping_interval=None)
            await connection.recv()
            await connection.send(f"40{token}")
            await connection.recv()
            await connection.send(f'421["subscribe","{channel}"]')
            answer = str(await connection.recv())
            assert answer.startswith('431[{"ok":true'), answer
            head = orjson.loads(answer[3:])[0]["sequence"]
            self._open.append(connection)
            self._readers.append(asyncio.create_task(self._read(connection, head)))

    async def _read(self, connection: websockets.ClientConnection, head: int) -> None:
        """Note each event past the channel's head when we subscribed, as every client does.

        What was relayed before may still be on its way to us.
        """
        with suppress(websockets.ConnectionClosed):
            async for packet in connection:
                if packet == "2":
                    await connection.send("3")
                    continue
                now = time.time()
                _, data = orjson.loads(str(packet)[2:])
                if data["sequence"] <= head:
                    continue
                changed = datetime.fromisoformat(f"{data['updates']['updatedAt'][:-1]}+00:00")
                self.latencies_ms.append((now - changed.timestamp()) * 1000)
                if self.received >= self._expected:
                    self._all_there.set()

    @property
    def received(self) -> int:
        return len(self.latencies_ms)

    async def until_received(self, count: int, seconds: float) -> None:
        """Wait until so many events have come, but not longer than that."""
        self._expected = count
        if self.received < count:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._all_there.wait()

    @property
    def still_open(self) -> int:
        return sum(not reader.done() for reader in self._readers)

    async def close(self) -> None:
        for reader in self._readers:
            reader.cancel()
        for connection in self._open:
            connection.transport.abort()


def changes(user: User, ids: Sequence[str]) -> Plan:
    """Changes of these appointments in turn."""
    for version in itertools.count(1):
        for id in ids:
            body = f'{{"notes":"note {version}","version":{version}}}'
            yield Request(request("PATCH", f"/appointments/{id}", token=user.token, body=body))


async def write(
    url: str, user: User, ids: Sequence[str], per_second: int, seconds: float
) -> tuple[int, int]:
    """Make changes at this pace for so long -> how many were made, and refused."""
    fleet = await Fleet.connect(url, WRITERS)
    share = len(ids) // WRITERS
    plans = [changes(user, ids[n * share : (n + 1) * share]) for n in range(WRITERS)]
    made = refused = 0
    began = time.perf_counter()
    batches = int(seconds * per_second / WRITERS)
    for number in range(batches):
        due = began + number * WRITERS / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        sample = await fleet.run([once(plan) for plan in plans])
        made += sample.count
        refused += sample.errors
    fleet.close()
    return made, refused


def once(plan: Plan) -> Plan:
    """The next request of a plan that goes on."""
    yield next(plan)


async def measure(server: Server, user: User, ids: list[str], count: int) -> dict[str, float]:
    """Let so many sockets listen while changes are made."""
    pids = api_pids(server)
    before = sum(map(rss_bytes, pids))
    sockets = Sockets()
    channels = [f"appointment.{id}" for id in itertools.islice(itertools.cycle(ids), count)]
    lanes = [channels[n::20] for n in range(20)]
    async with asyncio.timeout(CONNECT_SECONDS):
        await asyncio.gather(*(sockets.connect(server.url, user, lane) for lane in lanes))
    socket_bytes = (sum(map(rss_bytes, pids)) - before) / count
    began, cpu = time.perf_counter(), time.process_time()
    made, refused = await write(server.url, user, ids, CHANGES_PER_SECOND, SECONDS)
    elapsed_seconds = time.perf_counter() - began
    expected = (made - refused) * count // len(ids)
    await sockets.until_received(expected, 10)
    ordered = sorted(sockets.latencies_ms)
    found = {
        "sockets": sockets.still_open,
        "api_processes": len(pids),
        "changes_per_second": made / elapsed_seconds,
        "refused": refused,
        "received": sockets.received,
        "expected": expected,
        "p50_ms": percentile(ordered, 0.5),
        "p99_ms": percentile(ordered, 0.99),
        "longest_ms": ordered[-1] if ordered else 0.0,
        "socket_kib": socket_bytes / 1024,
        "client_cores": (time.process_time() - cpu) / (time.perf_counter() - began),
    }
    await sockets.close()
    return found


def run(bench: Bench) -> Found:
    """One number for each aim: how fast, and that nothing is missing."""
    made = bench.stack
    made.create_database(DATABASE, is_migrated=True)
    make = Make(made.url(DATABASE))
    place, client, admin = make.place(), make.client(), make.admin()
    appointments = max(WRITERS, bench.sockets // SOCKETS_EACH)
    slots = make.slots(place, appointments, soon(days=2))
    ids = [str(make.appointment(client, place, slot)) for slot in slots]
    make.close()
    with made.server(database=DATABASE) as server:
        found = in_loop(lambda: measure(server, admin, ids, bench.sockets))
    for name, value in found.items():
        report.console.print(f"  {report.number(value, ''):>8}  {name}")
    what = "commit to client"
    pace = f"{found['changes_per_second']:.0f} of {CHANGES_PER_SECOND} changes a second"
    p50_ms, p99_ms = found["p50_ms"], found["p99_ms"]
    missing = found["expected"] - found["received"]
    return Found(
        rows=[
            Row(
                f"{what} p99, {bench.sockets:,} sockets",
                pace,
                (p99_ms,),
                P99_AIM_MS,
                "ms",
                True,
                p50_ms,
                p99_ms,
            ),
            Row(
                f"{what}: changes made",
                f"{CHANGES_PER_SECOND} asked for",
                (found["changes_per_second"],),
                PACE_AIM,
                "/s",
            ),
            Row(f"{what}: events missing", "none", (missing,), 0, "", True),
        ],
        series={"realtime": found},
    )
