"""What an API process takes while it works: resident, and with shared pages shared out (PSS)."""

import asyncio
import re
from pathlib import Path

from tests.support.server import Server

from bench import plans, report
from bench.context import Bench
from bench.found import Found, Row
from bench.load import Fleet, in_loop
from bench.stack import api_pids

CLIENTS = 64
CLIENTS_KNOWN = 20  # of each connection
LOOK_SECONDS = 0.25
AIM_MB = 150
MB = 1_000_000
_LINE = re.compile(r"^(Rss|Pss):\s+(\d+) kB", re.MULTILINE)


def rss_bytes(pid: int) -> int:
    return _bytes(pid)["Rss"]


def _bytes(pid: int) -> dict[str, int]:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {name: int(kib) * 1024 for name, kib in _LINE.findall(text)}


async def measure(bench: Bench, server: Server) -> dict[str, list[dict[str, float]]]:
    """Reserve, book and read with many clients -> what each process took at its largest: idle, and
    under load."""
    pids = api_pids(server)
    idle = [_bytes(pid) for pid in pids]
    largest = [dict(found) for found in idle]
    world = bench.world
    fleet = await Fleet.connect(server.url, CLIENTS)
    groups = [world.next_clients(CLIENTS_KNOWN) for _ in range(CLIENTS)]
    everybody = [plans.day_of_work(world, clients, number) for number, clients in enumerate(groups)]
    load = asyncio.create_task(fleet.run(everybody, seconds=bench.rounds * bench.seconds))
    while not (await asyncio.wait([load], timeout=LOOK_SECONDS))[0]:
        for peak, pid in zip(largest, pids, strict=True):
            peak.update({name: max(peak[name], now) for name, now in _bytes(pid).items()})
    sample = await load
    fleet.close()
    assert sample.errors == 0, sample.outcomes
    report.say(f"{sample.count:,} requests, {sample.per_second:,.0f} a second")
    return {
        "idle": [{name: size / MB for name, size in found.items()} for found in idle],
        "under_load": [{name: size / MB for name, size in found.items()} for found in largest],
    }


def run(bench: Bench) -> Found:
    """The largest process has to stay below the aim."""
    with bench.stack.server() as server:
        found = in_loop(lambda: measure(bench, server))
    for when, processes in found.items():
        for sizes in processes:
            report.console.print(f"  {when}: RSS {sizes['Rss']:.0f} MB, PSS {sizes['Pss']:.0f} MB")
    largest = max(sizes["Rss"] for sizes in found["under_load"])
    row = Row("memory of an API process", "a limit", (largest,), AIM_MB, "MB", True)
    return Found(rows=[row], series={"memory_mb": found})
