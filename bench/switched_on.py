"""What bookings pay for all that leaves the server: everything on against everything off.

Two databases and two servers, in turns. On one of them each booking makes a mail and a webhook; the
next round begins when all have left, so that neither side works for the other.
"""

from psycopg import Connection
from tests.support.make import Make
from tests.support.server import Server

from bench import report
from bench.context import Bench
from bench.found import Found, Row
from bench.load import Fleet, in_loop
from bench.operations import Operations
from bench.sample import Pair, Sample, Series
from bench.sinks import ALLOWED, add_endpoint, mail_sink, until_settled, webhook_sink
from bench.world import World

PROVIDERS = 60
CLIENTS = 16
WARM_EACH = 3
AIM = 0.97
SIDES = ("on", "off")
NAMES = ("reserve", "book", "reschedule", "cancel")


def run(bench: Bench) -> Found:
    """Reserves with everything on against off, and what the other writes come to."""
    worlds: dict[str, World] = {}
    for name in SIDES:
        bench.stack.create_database(name, is_migrated=True)
        worlds[name] = bench.load(name, PROVIDERS)
    make = Make(bench.stack.url("on"))
    admin = make.admin()
    make.close()
    with (
        mail_sink() as smtp,
        webhook_sink() as hook,
        bench.stack.superuser("on") as connection,
        bench.stack.server(database="on", env={"HOLDFAST_SMTP_URL": smtp, **ALLOWED}) as on,
        bench.stack.server(database="off", env={"HOLDFAST_DELIVERY": "off"}) as off,
    ):
        add_endpoint(on, admin, f"{hook}/all", "booking.*")
        until_settled(connection)
        turns = Turns(bench, connection, worlds, {"on": on, "off": off})
        pairs = in_loop(lambda: turns.run(bench.rounds, bench.each))
    report.show_pairs(f"everything on against off, {CLIENTS} clients", pairs)
    [reserve] = [pair for pair in pairs if pair.name == "reserve"]
    return Found(
        rows=[
            Row(
                "reserve, everything on",
                "everything off",
                tuple(reserve.ratios),
                AIM,
                p50_ms=reserve.ours.p50_ms,
                p99_ms=reserve.ours.p99_ms,
            )
        ],
        pairs=pairs,
    )


class Turns:
    """Rounds of one side and the other."""

    def __init__(
        self,
        bench: Bench,
        connection: Connection[tuple[object, ...]],
        worlds: dict[str, World],
        servers: dict[str, Server],
    ) -> None:
        self._stack = bench.stack
        self._connection = connection
        self._worlds = worlds
        self._servers = servers

    async def run(self, rounds: int, each: int) -> list[Pair]:
        pairs = {name: Pair(name, Series("on"), Series("off")) for name in NAMES}
        for name in SIDES:
            await self._life(name, WARM_EACH)
        for number in range(rounds):
            found = {
                name: await self._life(name, each)
                for name in (SIDES if number % 2 else reversed(SIDES))
            }
            for name, pair in pairs.items():
                assert pair.theirs is not None
                pair.ours.add(found["on"][name])
                pair.theirs.add(found["off"][name])
        return list(pairs.values())

    async def _life(self, side: str, each: int) -> dict[str, Sample]:
        """One turn, once all messages of the turn before have left."""
        until_settled(self._connection)
        self._stack.checkpoint()
        # A connection that waits for that long is closed by the server.
        fleet = await Fleet.connect(self._servers[side].url, CLIENTS)
        found = await Operations(self._worlds[side], fleet).life(each)
        fleet.close()
        return found
