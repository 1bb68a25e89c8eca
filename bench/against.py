"""`python -m bench.against CHECKOUT`: this checkout's speed against another one's, in turns.

Each side has a PostgreSQL, a database and a server, all of them running the whole time; the
rounds alternate, so that what else the machine does meets both. The other checkout needs its own
`.venv` (`make setup`).
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import report
from bench.context import SPARE_PROVIDERS
from bench.rows import FREE_SLOTS
from bench.sample import Pair, Sample, Series

HERE = Path(__file__).parent.parent
SIDE = Path(__file__).with_name("side.py")
CLIENTS = 16
SLOTS_OF_AN_OPERATION = 2  # one that is booked, one to move to


class Side:
    """A checkout whose operations are measured."""

    def __init__(self, name: str, process: "subprocess.Popen[str]") -> None:
        self.name = name
        self._process = process

    def measure(self, each: int) -> dict[str, Sample]:
        """Each client does `each` of every operation -> what each operation came to."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{each}\n")
        self._process.stdin.flush()
        found = self.answer()
        return {name: _sample(values) for name, values in found.items()}

    def answer(self) -> dict[str, Any]:
        """The next line that the side writes; what it says besides is passed on."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                return json.loads(line)
            report.say(f"{self.name}: {line.rstrip()}")
        raise SystemExit(f"{self.name} ended")


@contextmanager
def side(checkout: Path, providers: int) -> Iterator[Side]:
    """Start one; it loads its data meanwhile."""
    process = subprocess.Popen(
        [checkout / ".venv/bin/python", "-P", SIDE, str(providers)],
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Side(checkout.name, process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=60)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.against", description=__doc__)
    parser.add_argument("checkout", type=Path, help="the other one, such as a git worktree")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--each", type=int, default=60, help="operations of a client in a round")
    given = parser.parse_args()
    slots = CLIENTS * given.each * (given.rounds + 1) * SLOTS_OF_AN_OPERATION
    providers = SPARE_PROVIDERS + slots // FREE_SLOTS
    pairs: dict[str, Pair] = {}
    # One after the other: two that load their data at once would only wait for each other.
    with side(given.checkout.resolve(), providers) as before:
        before.answer()
        with side(HERE, providers) as now:
            now.answer()
            for number in range(given.rounds):
                sides = (before, now) if number % 2 else (now, before)
                found = {one.name: one.measure(given.each) for one in sides}
                for name, sample in found[now.name].items():
                    pair = pairs.setdefault(name, Pair(name, Series("now"), Series("before")))
                    assert pair.theirs is not None
                    pair.ours.add(sample)
                    pair.theirs.add(found[before.name][name])
                report.say(f"round {number + 1} of {given.rounds}")
    report.show_pairs(f"against {given.checkout}, {CLIENTS} clients", pairs.values())
    return 0


def _sample(values: dict[str, Any]) -> Sample:
    return Sample(**{name: value for name, value in values.items() if name != "per_second"})


if __name__ == "__main__":
    sys.exit(main())
