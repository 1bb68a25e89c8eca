"""Edit locks per second over HTTP, next to the system of seed 004.

Each client has an appointment of its own. The other system's figures were measured at 16 clients on
a machine of this size (370 acquire+release pairs, 820 renewals, 1,497 status reads a second).
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.make import Make, User, soon
from tests.support.server import Server

from bench import report
from bench.context import Bench
from bench.found import Found, Row
from bench.load import Fleet, Plan, Request, in_loop, request
from bench.sample import Pair, Series
from bench.stack import Stack

CLIENTS = (1, 16, 64)
COMPARED_CLIENTS = 16
WARM_SECONDS = 0.5
DATABASE = "edit_locks"
PAIR = "acquire + release"
# What the other system did in a second, and how many times that is the aim.
BASELINE = {PAIR: (370, 10.0), "renew": (820, 8.0), "status": (1497, 5.0)}


@dataclass(frozen=True)
class Editor:
    """A user with an appointment to edit."""

    user: User
    path: str

    def pairs(self) -> Plan:
        while True:
            yield Request(request("POST", f"{self.path}/acquire-lock", token=self.user.token))
            yield Request(request("DELETE", f"{self.path}/release-lock", token=self.user.token))

    def renewals(self) -> Plan:
        data = request("POST", f"{self.path}/acquire-lock", token=self.user.token)
        yield Request(data, is_measured=False)
        while True:
            yield Request(data)

    def reads(self) -> Plan:
        data = request("GET", f"{self.path}/lock-status", token=self.user.token)
        while True:
            yield Request(data)


def editors(make: Make) -> list[Editor]:
    place, client = make.place(), make.client()
    slots = make.slots(place, max(CLIENTS), soon(days=2))
    return [
        Editor(make.operator(), f"/appointments/{make.appointment(client, place, slot)}")
        for slot in slots
    ]


async def measure(
    made: Stack, server: Server, everybody: list[Editor], rounds: int, seconds: float
) -> list[Pair]:
    """For each operation and number of clients a pair without another side."""
    pairs: list[Pair] = []
    for clients in CLIENTS:
        some = everybody[:clients]
        fleet = await Fleet.connect(server.url, clients)
        kinds: dict[str, Callable[[Editor], Plan]] = {
            PAIR: Editor.pairs,
            "renew": Editor.renewals,
            "status": Editor.reads,
        }
        found = {name: Pair(f"{name}, {clients} clients", Series("HTTP")) for name in kinds}
        for number in range(rounds + 1 if clients == COMPARED_CLIENTS else 2):
            for name, plan in kinds.items():
                plans = [plan(editor) for editor in some]
                sample = await fleet.run(plans, seconds=seconds if number else WARM_SECONDS)
                if number:
                    found[name].ours.add(sample)
        pairs += found.values()
        fleet.close()
    return pairs


def run(bench: Bench) -> Found:
    """Over HTTP, next to the system of seed 004."""
    made = bench.stack
    made.create_database(DATABASE, is_migrated=True)
    make = Make(made.url(DATABASE))
    everybody = editors(make)
    make.close()
    with made.server(database=DATABASE) as server:
        pairs = in_loop(lambda: measure(made, server, everybody, bench.rounds, bench.seconds / 2))
    report.show_pairs("edit locks (a pair is two requests)", pairs)
    named = {pair.name: pair.ours for pair in pairs}
    rows: list[Row] = []
    for name, (per_second, aim) in BASELINE.items():
        ours = named[f"{name}, {COMPARED_CLIENTS} clients"]
        requests = 2 if name == PAIR else 1
        values = tuple(sample.per_second / requests / per_second for sample in ours.samples)
        against = f"seed 004, {per_second:,} a second"
        rows.append(
            Row(f"edit lock: {name}", against, values, aim, "x", False, ours.p50_ms, ours.p99_ms)
        )
    return Found(rows=rows, pairs=pairs)
