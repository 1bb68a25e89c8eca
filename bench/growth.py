"""What each operation costs on a small database and on a large one of the same PostgreSQL.

They are asked in turns, one operation at a time, so that whatever else the machine does meets them
alike. All slots of a round are free again at its end.
"""

from collections.abc import Callable
from contextlib import ExitStack

from bench import report
from bench.context import Bench
from bench.found import Found, Row
from bench.load import Fleet, in_loop
from bench.operations import Operations
from bench.processes import tree_read_bytes
from bench.rows import SLOTS
from bench.sample import Pair, Series
from bench.stack import Stack
from bench.world import World

CLIENTS = 8
LARGEST_EACH = 250  # twice as many slots for each client, of the 4,480 of the small database
EACH_TIMES = 3
SMALL_PROVIDERS = 10
P50_AIM = 1.3
RATE_AIM = 0.8
OPERATIONS = (
    *("reserve", "book", "reschedule", "cancel"),
    *("list", "appointment", "availability", "availability, 304"),
)


def run(bench: Bench) -> Found:
    """p50 of each operation, and how many reserves a second."""
    each = min(LARGEST_EACH, EACH_TIMES * bench.each)
    sizes, pairs, read_kb = measure(bench.stack, bench.slots, bench.rounds, each, report.say)
    report.show_growth(sizes, pairs, read_kb)
    small = f"{sizes['small_slots']:,} slots"
    rows = [
        Row(
            name=f"{pair.name} p50, {sizes['slots']:,} slots",
            against=small,
            values=tuple(pair.p50_factors),
            aim=P50_AIM,
            at_most=True,
            p50_ms=pair.ours.p50_ms,
            p99_ms=pair.ours.p99_ms,
        )
        for pair in pairs
    ]
    reserve = pairs[OPERATIONS.index("reserve")]
    name = f"reserves a second, {sizes['slots']:,} slots"
    rate = Row(name, small, tuple(reserve.ratios), aim=RATE_AIM)
    return Found(rows=[*rows, rate], pairs=pairs, series={"sizes": sizes, "read_kb": read_kb})


def measure(
    stack: Stack, slots: int, rounds: int, each: int, say: Callable[[str], None]
) -> tuple[dict[str, int], list[Pair], dict[str, dict[str, list[float]]]]:
    """-> how large they are, a pair for each operation: large (ours), small (theirs), and for each
    database and operation what PostgreSQL read from the disk for a measured request, in kB. (What
    prepares the operation is in it.)"""
    sizes = {"small": SMALL_PROVIDERS, "large": max(SMALL_PROVIDERS + 1, -(-slots // SLOTS))}
    with ExitStack() as closing:
        worlds: dict[str, World] = {}
        for name, providers in sizes.items():
            stack.create_database(name, is_migrated=True)
            connection = closing.enter_context(stack.superuser(name))
            worlds[name] = World(connection)
            worlds[name].grow(providers, say)
        servers = {name: closing.enter_context(stack.server(database=name)) for name in worlds}
        stack.checkpoint()

        read_kb: dict[str, dict[str, list[float]]] = {
            name: {op: [] for op in OPERATIONS} for name in worlds
        }

        async def run() -> list[Pair]:
            series = {name: {op: Series(name) for op in OPERATIONS} for name in worlds}
            fleets = {
                name: await Fleet.connect(server.url, CLIENTS) for name, server in servers.items()
            }
            operations = {name: Operations(worlds[name], fleets[name]) for name in worlds}

            for number in range(rounds + 1):
                steps = {name: operations[name].steps(each) for name in worlds}
                # Who comes first has the caches as the other one left them.
                order = sorted(worlds, reverse=number % 2 == 0)
                for world in worlds.values():
                    world.begin_again()
                for _ in OPERATIONS:
                    for name in order:
                        before = tree_read_bytes(stack.postgres.pid)
                        operation, sample = await anext(steps[name])
                        read = tree_read_bytes(stack.postgres.pid) - before
                        if number > 0:  # the first round only warms up
                            series[name][operation].add(sample)
                            read_kb[name][operation].append(read / 1024 / sample.count)
                for name in order:
                    await steps[name].aclose()
            for fleet in fleets.values():
                fleet.close()
            return [Pair(op, series["large"][op], series["small"][op]) for op in OPERATIONS]

        pairs = in_loop(run)
        large = worlds["large"]
        return (
            {
                "small_slots": worlds["small"].slots,
                "slots": large.slots,
                "appointments": large.appointments,
                "users": large.users,
            },
            pairs,
            read_kb,
        )
