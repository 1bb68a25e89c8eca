"""Reserving through HTTP, held against seed 002's own transaction run by pgbench."""

from collections.abc import Callable

from tests.support.server import Server

from bench import pgbench, plans, report
from bench.context import Bench
from bench.found import Found, Row, of_pairs
from bench.load import Fleet, Plan, in_loop
from bench.sample import Pair, Sample, Series
from bench.seed002 import READ_COMMITTED, REPEATABLE_READ, Seed002
from bench.stack import Stack
from bench.world import World

CLIENTS = 16
HOT_CLIENTS = 64
HOT_P99_AIM = 0.5
WARM_SECONDS = 1
# Known to the server beforehand for each second of a round, each for three reservations at most.
CLIENTS_A_SECOND = 500
# 200: this client holds it still, and is told so again.
CONFLICTS = frozenset({200, 201, 409})


def run(bench: Bench) -> Found:
    """Each time another free slot."""
    with bench.stack.server() as server:
        reserve = Reserve(bench.stack, bench.world, bench.seed, server)
        pairs = [in_loop(lambda: reserve.spread(bench.rounds, bench.seconds))]
    report.show_pairs(f"reserve, {CLIENTS} clients, each time another slot", pairs)
    report.show_cpu(reserve.cpu_us)
    return Found(rows=of_pairs(pairs), pairs=pairs, series={"cpu_us": reserve.cpu_us})


def run_hot(bench: Bench) -> Found:
    """All want one slot. The yardstick counts under the isolation that lets nobody fail."""
    with bench.stack.server() as server:
        reserve = Reserve(bench.stack, bench.world, bench.seed, server)
        pairs = in_loop(lambda: reserve.hot(bench.rounds, bench.seconds))
    report.show_pairs(f"reserve, {HOT_CLIENTS} clients, one slot", pairs)
    ours, theirs = pairs[0].ours, pairs[0].theirs
    assert theirs is not None
    rounds = zip(ours.samples, theirs.samples, strict=True)
    p99 = Row(
        name="reserve, one hot slot: p99",
        against=theirs.name,
        values=tuple(one.p99_ms / other.p99_ms for one, other in rounds),
        aim=HOT_P99_AIM,
        at_most=True,
        p50_ms=ours.p50_ms,
        p99_ms=ours.p99_ms,
    )
    errors = tuple(float(sample.errors) for sample in ours.samples)
    none = Row("reserve, one hot slot: errors", "none", errors, aim=0, unit="", at_most=True)
    return Found(rows=[p99, none], pairs=pairs)


class Reserve:
    """Rounds of both sides, in turns."""

    def __init__(self, stack: Stack, world: World, seed: Seed002, server: Server) -> None:
        self._stack = stack
        self._world = world
        self._seed = seed
        self._server = server
        self.cpu_us: list[dict[str, float]] = []

    async def spread(self, rounds: int, seconds: int) -> Pair:
        """Each time another free slot."""
        pair = Pair(
            "reserve",
            Series("HTTP"),
            Series("pgbench, seed 002"),
            aim=1.0,
        )
        assert pair.theirs is not None
        fleet = await Fleet.connect(self._server.url, CLIENTS)
        await self._round(fleet, WARM_SECONDS)
        self.cpu_us.clear()
        for _ in range(rounds):
            self._stack.checkpoint()
            pair.theirs.add(self._with_cpu("pgbench", lambda: self._seed.reserve(CLIENTS, seconds)))
            self._stack.checkpoint()
            pair.ours.add(await self._round(fleet, seconds))
        fleet.close()
        return pair

    async def hot(self, rounds: int, seconds: int) -> list[Pair]:
        """All want the same slot, which is given back as soon as somebody has it."""
        ours = Series("HTTP")
        theirs = {
            "read committed": Series("pgbench, read committed"),
            "repeatable read": Series("pgbench, repeatable read"),
        }
        fleet = await Fleet.connect(self._server.url, HOT_CLIENTS)
        users = self._world.next_clients(HOT_CLIENTS)
        await fleet.run([plans.warm([user]) for user in users])

        async def contend(seconds: int) -> Sample:
            slot = self._world.next_slots(1)[0]
            held: list[tuple[str, str]] = []
            everybody = [plans.contend(self._world, user, slot, held) for user in users]
            self._stack.checkpoint()
            return await fleet.run(everybody, seconds=seconds, good=CONFLICTS)

        await contend(WARM_SECONDS)
        for _ in range(rounds):
            ours.add(await contend(seconds))
            for isolation, setting in (
                ("read committed", READ_COMMITTED),
                ("repeatable read", REPEATABLE_READ),
            ):
                self._stack.checkpoint()
                theirs[isolation].add(self._seed.hot(HOT_CLIENTS, seconds, setting))
        fleet.close()
        return [Pair(f"hot slot, {name}", ours, series) for name, series in theirs.items()]

    async def _round(self, fleet: Fleet, seconds: int) -> Sample:
        world = self._world
        groups = [
            world.next_clients(CLIENTS_A_SECOND * seconds // len(fleet)) for _ in range(len(fleet))
        ]
        await fleet.run([plans.warm(clients) for clients in groups])

        def plan(number: int) -> Plan:
            for client in groups[number]:
                yield from plans.reserve(world, [(client, slot) for slot in world.next_slots(3)])

        before = self._stack.cpu_seconds(self._server)
        sample = await fleet.run([plan(number) for number in range(len(fleet))], seconds=seconds)
        after = self._stack.cpu_seconds(self._server)
        self.cpu_us.append(
            {
                "Holdfast": (after[0] - before[0]) / sample.count * 1e6,
                "PostgreSQL": (after[1] - before[1]) / sample.count * 1e6,
                "load generator": sample.client_cores * sample.elapsed_seconds / sample.count * 1e6,
            }
        )
        return sample

    def _with_cpu(self, name: str, work: Callable[[], Sample]) -> Sample:
        before = self._stack.cpu_seconds(self._server)[1]
        sample = work()
        after = self._stack.cpu_seconds(self._server)[1]
        everything = max(1, sample.count + sample.warm_count)
        self.cpu_us.append(
            {
                "seed 002 in PostgreSQL": (after - before) / everything * 1e6,
                name: sample.client_cores
                * (sample.elapsed_seconds + pgbench.WARM_SECONDS)
                / everything
                * 1e6,
            }
        )
        return sample
