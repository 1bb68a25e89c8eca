"""What each operation costs on a small database and on a large one of the same PostgreSQL.

Both are asked at the same time, so that whatever else the machine does meets them alike.
"""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack

from bench.load import Fleet, in_loop
from bench.operations import Operations
from bench.rows import SLOTS
from bench.sample import Pair, Sample, Series
from bench.stack import Stack
from bench.world import World

CLIENTS = 4
SMALL_PROVIDERS = 10
OPERATIONS = (
    *("reserve", "book", "reschedule", "cancel"),
    *("list", "appointment", "availability", "availability, 304"),
)


def measure(
    stack: Stack, slots: int, rounds: int, each: int, say: Callable[[str], None]
) -> tuple[dict[str, int], list[Pair]]:
    """-> how large they are, and a pair for each operation: large (ours), small (theirs)."""
    sizes = {"small": SMALL_PROVIDERS, "large": max(SMALL_PROVIDERS + 1, -(-slots // SLOTS))}
    with ExitStack() as closing:
        worlds: dict[str, World] = {}
        for name, providers in sizes.items():
            stack.create_database(name, is_migrated=True)
            connection = closing.enter_context(stack.superuser(name))
            worlds[name] = World(connection)
            worlds[name].grow(providers, say)
        servers = {
            name: closing.enter_context(stack.server(database=name, processes=1)) for name in worlds
        }
        stack.checkpoint()

        async def run() -> list[Pair]:
            series = {name: {op: Series(name) for op in OPERATIONS} for name in worlds}
            fleets = {
                name: await Fleet.connect(server.url, CLIENTS) for name, server in servers.items()
            }
            operations = {name: Operations(worlds[name], fleets[name]) for name in worlds}

            async def one_round(name: str) -> dict[str, Sample]:
                return await operations[name].life(each) | await operations[name].reads(each)

            for number in range(rounds + 1):
                found = await asyncio.gather(*(one_round(name) for name in worlds))
                if number == 0:
                    continue  # only warms up
                for name, samples in zip(worlds, found, strict=True):
                    for operation, sample in samples.items():
                        series[name][operation].add(sample)
            for fleet in fleets.values():
                fleet.close()
            return [Pair(op, series["large"][op], series["small"][op]) for op in OPERATIONS]

        pairs = in_loop(run)
        large = worlds["large"]
        return {
            "small_slots": worlds["small"].slots,
            "slots": large.slots,
            "appointments": large.appointments,
            "users": large.users,
        }, pairs
