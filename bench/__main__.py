"""`python -m bench [SUBJECT ...]`: measure, print tables, keep JSON, draw plots.

Without subjects it measures all of them, in about ten minutes. Numbers of earlier runs are kept
for the subjects that are not measured again; `report` shows and draws what was kept and measures
nothing.
"""

import argparse
import sys
import time
from pathlib import Path

from bench import kept, pgbench, plots, report
from bench.context import Bench
from bench.stack import api_processes, server_version, stack
from bench.subjects import SUBJECTS

REPORT = "report"
DESCRIPTION = (__doc__ or "") + f"\nSubjects: {', '.join(SUBJECTS)}."


def arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT")
    parser.add_argument("--rounds", type=int, default=3, help="of each side of a pair")
    parser.add_argument("--seconds", type=int, default=4, help="of each round")
    parser.add_argument("--each", type=int, default=60, help="operations of a client in a round")
    parser.add_argument("--slots", type=int, default=100_000, help="growth: of the large database")
    parser.add_argument("--reservations", type=int, default=100_000, help="expiry: how many expire")
    parser.add_argument("--sockets", type=int, default=1000, help="realtime: how many listen")
    parser.add_argument("--results", type=Path, default=kept.RESULTS, help="where JSON is kept")
    parser.add_argument("--plots", type=Path, default=plots.FOLDER, help="where plots go")
    given = parser.parse_args(arguments)
    if unknown := set(given.subjects) - set(SUBJECTS) - {REPORT}:
        parser.error(f"no such subject: {', '.join(sorted(unknown))}")
    if not given.subjects:
        given.subjects = list(SUBJECTS)
    return given


def main(words: list[str] | None = None) -> int:
    given = arguments(words)
    wanted = [name for name in SUBJECTS if name in given.subjects]
    failed = measure(given, wanted) if wanted else []
    content = kept.read(given.results)
    report.show_aims(kept.rows(content), fresh=wanted)
    for path in plots.draw_all(given.plots, content):
        report.say(f"drawn: {path}")
    report.say(f"kept: {given.results}")
    if failed:
        report.console.print(f"[bold]not measured: {', '.join(failed)}[/]")
    return 1 if failed else 0


def measure(given: argparse.Namespace, wanted: list[str]) -> list[str]:
    """Measure these subjects and keep what they found -> those that failed."""
    failed: list[str] = []
    report.say(f"yardstick: {pgbench.find().name}")
    with stack() as made:
        bench = Bench(made, given)
        for name in wanted:
            facts = report.machine(server_version(made.postgres.owner_url), api_processes())
            report.head(name, facts)
            began = time.perf_counter()
            try:
                found = SUBJECTS[name](bench)
            except Exception as error:  # the others can still be measured
                report.console.print_exception(show_locals=False)
                report.console.print(f"{name} failed: {error}")
                failed.append(name)
                continue
            report.say(f"{name} took {time.perf_counter() - began:.0f} s")
            kept.keep(given.results, name, {"machine": facts, **found.as_json()})
    return failed


if __name__ == "__main__":
    sys.exit(main())
