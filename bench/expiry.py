"""What others notice when very many reservations run out at the same moment.

Clients reserve, book, read and cancel other slots all the time. Before that moment is what they
are used to; from it on until the last reservation is swept up they may have to wait longer. The
worker looks every second here instead of every 15, so that it begins at once; from then on it rests
only as long as each of its batches took.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tests.support.server import Server

from bench import holds, plans, report
from bench.context import Bench
from bench.found import Found, Row
from bench.load import Fleet, Timed, in_loop
from bench.rows import FREE_SLOTS
from bench.sample import percentile
from bench.world import World

DATABASE = "expiry"
CLIENTS = 16
CLIENTS_KNOWN = 100  # of each connection
SWEEP_SECONDS = 1.0
MARGIN_SECONDS = 5.0
HOLDS_A_SECOND = 4000  # made beforehand, on a busy machine
SWEEPS_A_SECOND = 600  # the longest that is waited for
AIM = 2.0
OPERATIONS = ("reserve", "book", "availability", "appointment", "cancel")
LOOK_SECONDS = 0.25


def run(bench: Bench) -> Found:
    """p99 of each operation: before, while they are swept up, and afterwards."""
    count, calm_seconds = bench.reservations, 2.0 * bench.seconds
    sweep_limit_seconds = 20 + count / SWEEPS_A_SECOND
    slots = count + CLIENTS * plans.SLOTS_OF_A_DAY
    made = bench.stack
    made.create_database(DATABASE, is_migrated=True)
    world = bench.load(DATABASE, slots // FREE_SLOTS + 1)
    env = {"HOLDFAST_SWEEP_SECONDS": str(SWEEP_SECONDS)}
    with made.server(database=DATABASE, env=env) as server:
        spans, timeline = in_loop(
            lambda: measure(bench, world, server, count, calm_seconds, sweep_limit_seconds)
        )
    sweep_seconds = spans["during"][1] - spans["during"][0]
    found = {phase: _p99s(timeline, *span) for phase, span in spans.items()}
    for phase, p99s in found.items():
        report.console.print(
            f"  {phase:>6}: " + ", ".join(f"{name} p99 {ms:.1f} ms" for name, ms in p99s.items())
        )
    is_done = sweep_seconds < sweep_limit_seconds
    outcome = "swept up" if is_done else "not all swept up"
    report.console.print(f"  {count:,} reservations: {outcome} in {sweep_seconds:.1f} s")
    rows = [
        Row(
            name=f"{name} p99, {count:,} expiring",
            against="before",
            values=(found["during"][name] / max(found["before"][name], 1e-9),),
            aim=AIM,
            at_most=True,
            p99_ms=found["during"][name],
        )
        for name in OPERATIONS
    ]
    expired_at = spans["during"][0]
    seconds = {
        name: [[t.sent - expired_at, t.latency_ms] for t in timeline if t.name == name]
        for name in OPERATIONS
    }
    return Found(
        rows=rows,
        series={
            "p99_ms": found,
            "sweep_seconds": sweep_seconds,
            "is_swept": is_done,
            "p99_each_second": {name: _each_second(points) for name, points in seconds.items()},
        },
    )


Spans = dict[str, tuple[float, float]]


async def measure(
    bench: Bench,
    world: World,
    server: Server,
    count: int,
    calm_seconds: float,
    sweep_limit_seconds: float,
    database: str = DATABASE,
) -> tuple[Spans, list[Timed]]:
    """-> when each phase was, and every request, both by `time.perf_counter()`.

    Raises:
        RuntimeError: making the reservations took too long, or a client was refused something.
    """
    fleet = await Fleet.connect(server.url, CLIENTS)
    groups = [world.next_clients(CLIENTS_KNOWN) for _ in range(CLIENTS)]
    await fleet.run([plans.warm(clients) for clients in groups])
    allowance_seconds = MARGIN_SECONDS + count / HOLDS_A_SECOND + calm_seconds
    expires_at = datetime.now(UTC) + timedelta(seconds=allowance_seconds)
    expiry = time.perf_counter() + allowance_seconds
    with bench.stack.superuser(database) as connection:
        await asyncio.to_thread(holds.make, connection, world, count, expires_at)
        timeline: list[Timed] = []
        is_over = asyncio.Event()
        everybody = [plans.day_of_work(world, group, n) for n, group in enumerate(groups)]
        began = time.perf_counter()
        load = asyncio.create_task(
            fleet.run(
                everybody,
                seconds=allowance_seconds + sweep_limit_seconds + calm_seconds,
                timeline=timeline,
                is_over=is_over.is_set,
            )
        )
        # Nobody shall be measured while plans and caches are still cold.
        spans = {"before": (max(began + 1, expiry - calm_seconds), expiry)}
        if spans["before"][0] > expiry - calm_seconds / 4:
            raise RuntimeError("making the reservations took too long")
        await asyncio.sleep(max(0.0, expiry - time.perf_counter()))
        deadline = expiry + sweep_limit_seconds
        while await asyncio.to_thread(holds.are_left, connection, expires_at):
            if time.perf_counter() > deadline or load.done():
                break
            await asyncio.sleep(LOOK_SECONDS)
        ended = time.perf_counter()
        spans |= {"during": (expiry, ended), "after": (ended, ended + calm_seconds)}
        if not load.done():
            await asyncio.sleep(calm_seconds)
        is_over.set()
        sample = await load
    fleet.close()
    if sample.errors:
        raise RuntimeError(f"not all were served: {sample.outcomes}")
    return spans, timeline


def _p99s(timeline: Sequence[Timed], began: float, ended: float) -> dict[str, float]:
    within = [timed for timed in timeline if began <= timed.sent < ended]
    return {
        name: percentile(sorted(t.latency_ms for t in within if t.name == name), 0.99)
        for name in OPERATIONS
    }


def _each_second(points: Sequence[Sequence[float]]) -> list[list[float]]:
    """[second, p99] of [time, latency]."""
    by_second: dict[int, list[float]] = {}
    for at, latency_ms in points:
        by_second.setdefault(int(at // 1), []).append(latency_ms)
    return [[second, percentile(sorted(by_second[second]), 0.99)] for second in sorted(by_second)]
