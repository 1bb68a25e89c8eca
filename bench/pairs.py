"""The other operations side by side with pgbench: the least SQL that could do each of them."""

from tests.support.server import Server

from bench import pgbench, report, seed002
from bench.context import Bench
from bench.found import Found, Row, of_pairs
from bench.load import Fleet, in_loop
from bench.operations import Operations
from bench.rows import APPOINTMENT, PROVIDER, SLOTS, USER, sql_id
from bench.sample import Pair, Sample, Series
from bench.seed002 import Seed002
from bench.stack import Stack
from bench.world import World

CLIENTS = 16
NOT_MODIFIED = frozenset({304})
WARM_SECONDS = 1
UNCHANGED_CLIENTS = 64
UNCHANGED_AIM_PER_SECOND = 5000
WARM_EACH = 5
PGBENCH_TIMES = 4  # as many for each of ours, or its turns would be too short to measure
AIMS = {
    "book": 0.6,
    "reschedule": 0.6,
    "cancel": 0.6,
    "list": 0.4,
    "appointment": 0.4,
    "availability": 0.5,
}


def run(bench: Bench) -> Found:
    """All of them, and unchanged availability by itself, with enough clients to keep both cores
    busy."""
    with bench.stack.server() as server:
        others = Pairs(bench.stack, bench.world, bench.seed, server)
        pairs = in_loop(lambda: others.run(bench.rounds, bench.each))
        unchanged = in_loop(lambda: others.unchanged(bench.rounds, bench.seconds))
    report.show_pairs(f"the other operations, {CLIENTS} clients", pairs)
    report.show_pairs(f"availability, 304, {UNCHANGED_CLIENTS} clients", [unchanged])
    row = Row(
        name="availability, 304",
        against="a rate",
        values=tuple(sample.per_second for sample in unchanged.ours.samples),
        aim=UNCHANGED_AIM_PER_SECOND,
        unit="/s",
        p50_ms=unchanged.ours.p50_ms,
        p99_ms=unchanged.ours.p99_ms,
    )
    return Found(rows=[*of_pairs(pairs), row], pairs=[*pairs, unchanged])


class Pairs:
    """Rounds of all of them, in turns."""

    def __init__(self, stack: Stack, world: World, seed: Seed002, server: Server) -> None:
        self._stack = stack
        self._world = world
        self._seed = seed
        self._server = server

    async def run(self, rounds: int, each: int) -> list[Pair]:
        """Each client does `each` of every operation in a round."""
        pairs = {
            name: Pair(name, Series("HTTP"), Series("pgbench, least SQL"), aim=aim)
            for name, aim in AIMS.items()
        }
        fleet = await Fleet.connect(self._server.url, CLIENTS)
        operations = Operations(self._world, fleet)
        await operations.life(WARM_EACH)
        await operations.reads(WARM_EACH)
        for _ in range(rounds):
            theirs = self._writes(each)
            self._stack.checkpoint()
            ours = await operations.life(each)
            self._stack.checkpoint()
            theirs |= self._reads(each)
            ours |= await operations.reads(each)
            for name, pair in pairs.items():
                assert pair.theirs is not None
                pair.ours.add(ours[name])
                pair.theirs.add(theirs[name])
        fleet.close()
        return list(pairs.values())

    def _writes(self, each: int) -> dict[str, Sample]:
        each *= PGBENCH_TIMES
        first = self._seed.take(2 * CLIENTS * (each + pgbench.WARM_TRANSACTIONS))

        def run(script: str) -> Sample:
            return self._seed.each(script, CLIENTS, each, first)

        run(f"BEGIN;{seed002.LOCK};{seed002.HOLD}")
        return {
            "book": run(seed002.BOOK),
            "reschedule": run(seed002.RESCHEDULE),
            "cancel": run(seed002.CANCEL),
        }

    def _reads(self, each: int) -> dict[str, Sample]:
        """The bare queries on Holdfast's own tables."""
        world = self._world
        day = f"'{world.first_day}'::date + 33 + :day::integer"
        scripts = {
            "list": f"\\set user random(0, {world.users - 1})\n"
            f"SELECT * FROM appointments WHERE user_id = {sql_id(USER, ':user')} "
            "AND deleted_at IS NULL AND (status NOT IN ('requested', 'confirmed') "
            "OR end_at <= now()) ORDER BY start_at DESC, id DESC LIMIT 21;\n",
            "appointment": f"\\set provider random(0, {world.providers - 1})\n"
            f"\\set slot :provider * {SLOTS} + random(0, 511)\n"
            "SELECT a.*, e.* FROM appointments AS a "
            "JOIN appointment_audit AS e ON e.appointment_id = a.id "
            f"WHERE a.id = {sql_id(APPOINTMENT, ':slot')};\n",
            "availability": f"\\set provider random(0, {world.providers - 1})\n"
            "\\set day random(0, 29)\n"
            "SELECT id, start_at, end_at, status, facility_id FROM slots "
            f"WHERE provider_id = {sql_id(PROVIDER, ':provider')} AND deleted_at IS NULL "
            f"AND start_at >= {day} AND start_at < {day} + 1 ORDER BY start_at;\n",
        }
        return {
            name: pgbench.run(
                self._stack.postgres.server_url,
                [script],
                clients=CLIENTS,
                transactions=PGBENCH_TIMES * each,
            )
            for name, script in scripts.items()
        }

    async def unchanged(self, rounds: int, seconds: int) -> Pair:
        """Each client has an answer and asks again and again whether it is still right."""
        pair = Pair("availability, 304", Series("HTTP"))
        fleet = await Fleet.connect(self._server.url, UNCHANGED_CLIENTS)
        operations = Operations(self._world, fleet)
        plans_of_all = [operations.unchanged(number) for number in range(len(fleet))]
        await fleet.run(plans_of_all, seconds=WARM_SECONDS)
        for _ in range(rounds):
            plans_of_all = [operations.unchanged(number) for number in range(len(fleet))]
            pair.ours.add(await fleet.run(plans_of_all, seconds=seconds, good=NOT_MODIFIED))
        fleet.close()
        return pair
