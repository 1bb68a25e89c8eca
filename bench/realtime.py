"""`python -m bench.realtime`: from commit to client, and what a connection costs.

1,000 WebSockets on one process listen to 250 appointments, four to each, while 200 changes a second
are made. The time of a change is the database's own (`updatedAt`), so the commit is included.
"""

import asyncio
import itertools
import re
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import orjson
import websockets
from tests.support.make import Make, User, soon
from tests.support.server import Server

from bench import report
from bench.load import Fleet, Plan, Request, in_loop, request
from bench.sample import percentile
from bench.stack import stack

SOCKETS = 1000
APPOINTMENTS = 250
CHANGES_PER_SECOND = 200
SECONDS = 20.0
WRITERS = 10


def resident_kib(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])


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
            self._open.append(connection)
            self._readers.append(asyncio.create_task(self._read(connection)))

    async def _read(self, connection: websockets.ClientConnection) -> None:
        with suppress(websockets.ConnectionClosed):
            async for packet in connection:
                if packet == "2":
                    await connection.send("3")
                    continue
                now = time.time()
                _, data = orjson.loads(str(packet)[2:])
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


async def measure(server: Server, user: User, ids: list[str]) -> None:
    before_kib = resident_kib(server.pid)
    sockets = Sockets()
    channels = [f"appointment.{id}" for id in itertools.islice(itertools.cycle(ids), SOCKETS)]
    lanes = [channels[n::20] for n in range(20)]
    await asyncio.gather(*(sockets.connect(server.url, user, lane) for lane in lanes))
    after_kib = resident_kib(server.pid)
    report.console.print(
        f"{sockets.still_open} sockets; {(after_kib - before_kib) / SOCKETS:.1f} KiB of memory each"
    )
    began = time.perf_counter()
    made, refused = await write(server.url, user, ids, CHANGES_PER_SECOND, SECONDS)
    elapsed_seconds = time.perf_counter() - began
    expected = (made - refused) * SOCKETS // APPOINTMENTS
    await sockets.until_received(expected, 10)
    ordered = sorted(sockets.latencies_ms)
    report.console.print(
        f"{made / elapsed_seconds:.0f} changes a second, {refused} refused; "
        f"{sockets.received} of {expected} events received; {sockets.still_open} sockets open\n"
        f"commit to client: p50 {percentile(ordered, 0.5):.1f} ms, "
        f"p99 {percentile(ordered, 0.99):.1f} ms, longest {ordered[-1]:.1f} ms"
    )
    await sockets.close()


def main() -> None:
    with stack() as made:
        make = Make(made.url("holdfast"))
        place, client, admin = make.place(), make.client(), make.admin()
        slots = make.slots(place, APPOINTMENTS, soon(days=2))
        ids = [str(make.appointment(client, place, slot)) for slot in slots]
        make.close()
        with made.server(processes=1) as server:
            in_loop(lambda: measure(server, admin, ids))


if __name__ == "__main__":
    main()
