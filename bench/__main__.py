"""`python -m bench [SUBJECT ...]`: measure, print tables, write JSON and plots.

Subjects: reserve, hot, operations, roundtrip, growth; by default all of them.
"""

import argparse
from pathlib import Path

from bench import growth, pgbench, plots, report, roundtrip
from bench.load import in_loop
from bench.pairs import Pairs
from bench.reserve import Reserve
from bench.sample import Pair
from bench.seed002 import Seed002
from bench.stack import Stack, api_processes, server_version, stack
from bench.world import World

SUBJECTS = ("roundtrip", "reserve", "hot", "operations", "growth")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=", ".join(SUBJECTS))
    parser.add_argument("--rounds", type=int, default=3, help="of each side of a pair")
    parser.add_argument("--seconds", type=int, default=4, help="of each round")
    parser.add_argument("--each", type=int, default=60, help="operations of a client in a round")
    parser.add_argument("--slots", type=int, default=100_000, help="of the large database")
    parser.add_argument("--plots", type=Path, default=report.RESULTS, help="where plots go")
    given = parser.parse_args()
    if unknown := set(given.subjects) - set(SUBJECTS):
        parser.error(f"no such subject: {', '.join(sorted(unknown))}")
    given.subjects = given.subjects or list(SUBJECTS)
    return given


def main() -> None:
    given = arguments()
    report.say(f"yardstick: {pgbench.find().name}")
    with stack() as made:
        facts = report.machine(server_version(made.postgres.owner_url), api_processes())
        report.console.print(
            f"PostgreSQL {facts['postgresql']}, Python {facts['python']}, {facts['cores']} cores, "
            f"{facts['api_processes']} API processes, load average {facts['load_average'][0]:.1f}"
        )
        if set(given.subjects) - {"growth"}:
            side_by_side(made, given, facts)
        if "growth" in given.subjects:
            grow(made, given, facts)


def side_by_side(made: Stack, given: argparse.Namespace, facts: dict[str, object]) -> None:
    """The subjects that are pairs on one database."""
    report.say("loading ...")
    pairs: list[Pair] = []
    with made.superuser() as connection:
        world = World(connection)
        # Enough clients for all rounds, none of whom meets the limit of live reservations.
        world.grow(20 + 5 * given.rounds * given.seconds)
        if "roundtrip" in given.subjects:
            reserved, trips = in_loop(lambda: roundtrip.count(made, world))
            report.console.print(
                f"\nround trips to PostgreSQL while {reserved} slots were reserved:"
            )
            for name, number in trips.items():
                report.console.print(f"  {number:>6}  {name}")
            facts["round_trips"] = {"reserved": reserved, **trips}
        if set(given.subjects) - {"growth", "roundtrip"}:
            seed = Seed002(made.create_database("seed002"))
            with made.server() as server:
                reserve = Reserve(made, world, seed, server)
                if "reserve" in given.subjects:
                    pairs.append(in_loop(lambda: reserve.spread(given.rounds, given.seconds)))
                    report.show_pairs("reserve, 16 clients, each time another slot", pairs)
                    facts["cpu_us"] = reserve.cpu_us
                    show_cpu(reserve.cpu_us)
                if "hot" in given.subjects:
                    hot = in_loop(lambda: reserve.hot(given.rounds, given.seconds))
                    report.show_pairs("reserve, 64 clients, one slot", hot)
                    pairs += hot
                if "operations" in given.subjects:
                    others = Pairs(made, world, seed, server)
                    found = in_loop(lambda: others.run(given.rounds, given.each))
                    report.show_pairs("the other operations, 16 clients", found)
                    pairs += found
    path = report.write("pairs", facts, pairs)
    plots.bars(
        given.plots / "performance-ratios.svg",
        "HTTP to pgbench, requests per second (red: the aim)",
        [(pair.name, pair.ratio, pair.aim) for pair in pairs if pair.ratio and pair.aim],
    )
    report.say(f"written: {path}")


def show_cpu(rounds: list[dict[str, float]]) -> None:
    """Processor time of a reservation, by who used it."""
    names = {name: None for found in rounds for name in found}
    for name in names:
        values = sorted(found[name] for found in rounds if name in found)
        report.console.print(f"  {name}: {values[len(values) // 2]:,.0f} µs of CPU for each")


def grow(made: Stack, given: argparse.Namespace, facts: dict[str, object]) -> None:
    """The small and the large database."""
    report.say(f"loading {given.slots:,} slots ...")
    sizes, pairs = growth.measure(made, given.slots, given.rounds, given.each, report.say)
    report.show_growth(sizes, pairs)
    path = report.write("growth", {**facts, **sizes}, pairs)
    plots.bars(
        given.plots / "performance-growth.svg",
        f"p50 at {sizes['slots']:,} slots to p50 at {sizes['small_slots']:,} (red: the aim)",
        [(pair.name, report.growth_factor(pair), 1.3) for pair in pairs],
    )
    report.say(f"written: {path}")


if __name__ == "__main__":
    main()
