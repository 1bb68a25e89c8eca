"""The other operations side by side with pgbench: the least SQL that could do each of them."""

from tests.support.server import Server

from bench import pgbench, seed002
from bench.load import Fleet
from bench.operations import Operations
from bench.rows import APPOINTMENT, PROVIDER, SLOTS, USER, sql_id
from bench.sample import Pair, Sample, Series
from bench.seed002 import Seed002
from bench.stack import Stack
from bench.world import World

CLIENTS = 16
PGBENCH_TIMES = 4  # as many for each of ours, or its turns would be too short to measure
AIMS = {
    "book": 0.6,
    "reschedule": 0.6,
    "cancel": 0.6,
    "list": 0.4,
    "appointment": 0.4,
    "availability": 0.5,
    "availability, 304": None,
}


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
        first = self._seed.take(2 * CLIENTS * each)

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
        samples = {
            name: pgbench.run(
                self._stack.postgres.server_url,
                [script],
                clients=CLIENTS,
                transactions=PGBENCH_TIMES * each,
            )
            for name, script in scripts.items()
        }
        return samples | {"availability, 304": samples["availability"]}
