"""`python -m bench.edit_locks`: edit locks per second over HTTP, next to the system of seed 004.

Each client has an appointment of its own. The other system's figures were measured at 16 clients on
a machine of this size (370 acquire+release pairs, 820 renewals, 1,497 status reads a second).
"""

from dataclasses import dataclass

from rich.table import Table
from tests.support.make import Make, User, soon
from tests.support.server import Server

from bench import report
from bench.load import Fleet, Plan, Request, in_loop, request
from bench.sample import Sample
from bench.stack import Stack, api_processes, stack

CLIENTS = (1, 16, 64)
SECONDS = 4.0
BASELINE_PER_SECOND = {"acquire + release": 370, "renew": 820, "status": 1497}


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


Samples = dict[tuple[str, int], tuple[Sample, float]]


async def measure(made: Stack, server: Server, everybody: list[Editor]) -> Samples:
    """-> by what and how many clients: the sample, and the processor time of a request in µs
    (Holdfast's and PostgreSQL's), which does not depend on what else runs here."""
    samples: Samples = {}
    for clients in CLIENTS:
        some = everybody[:clients]
        fleet = await Fleet.connect(server.url, clients)
        for name, plans in (
            ("acquire + release", [editor.pairs() for editor in some]),
            ("renew", [editor.renewals() for editor in some]),
            ("status", [editor.reads() for editor in some]),
        ):
            before = sum(made.cpu_seconds(server))
            sample = await fleet.run(plans, seconds=SECONDS)
            cpu_seconds = sum(made.cpu_seconds(server)) - before
            samples[name, clients] = (sample, cpu_seconds / max(1, sample.count) * 1e6)
        fleet.close()
    return samples


def show(samples: Samples) -> None:
    table = Table(title="edit locks over HTTP", title_justify="left")
    for name in (
        "",
        "clients",
        "per second",
        "p50 ms",
        "p99 ms",
        "errors",
        "CPU µs",
        "to seed 004",
    ):
        table.add_column(name, justify="left" if not name else "right")
    for (name, clients), (sample, cpu_us) in samples.items():
        is_pair = "+" in name
        per_second = sample.per_second / (2 if is_pair else 1)
        table.add_row(
            name,
            str(clients),
            f"{per_second:,.0f}",
            f"{sample.p50_ms:.2f}" + (" each" if is_pair else ""),
            f"{sample.p99_ms:.2f}",
            str(sample.errors),
            f"{cpu_us * (2 if is_pair else 1):.0f}",
            f"{per_second / BASELINE_PER_SECOND[name]:.1f} x",
        )
    report.console.print(table)


def main() -> None:
    with stack() as made:
        make = Make(made.url("holdfast"))
        everybody = editors(make)
        make.close()
        with made.server() as server:
            report.say(f"{api_processes()} API processes, durable PostgreSQL")
            show(in_loop(lambda: measure(made, server, everybody)))


if __name__ == "__main__":
    main()
