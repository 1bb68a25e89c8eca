"""Every row of the outcome table in docs/concurrency.md, run as a real pair."""

from pathlib import Path

import pytest

from tests.concurrency.pairs import STATES, run_pair
from tests.support.cluster import Cluster
from tests.support.make import Make

PAGE = Path(__file__).parents[2] / "docs" / "concurrency.md"


def rows() -> list[tuple[str, ...]]:
    """slot, first, its outcome, second, waits, its outcome."""
    found = []
    for line in PAGE.read_text().splitlines():
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        if len(cells) == 6 and cells[0] in STATES:
            found.append(cells)
    return found


def test_the_table_has_every_ordered_pair() -> None:
    listed = [(row[0], row[1], row[3]) for row in rows()]
    expected = [
        (state, first, second)
        for state, names in STATES.items()
        for first in names
        for second in names
    ]
    assert sorted(listed) == sorted(expected)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("state", STATES)
def test_each_pair_ends_as_the_table_says(cluster: Cluster, state: str) -> None:
    with cluster.database() as database:
        make = Make(database.owner_url)
        for slot, first, first_outcome, second, waits, second_outcome in rows():
            if slot != state:
                continue
            result = run_pair(make, database.owner_url, state, first, second)
            assert (result.first, result.second_waited, result.second) == (
                first_outcome,
                waits == "yes",
                second_outcome,
            ), f"{first}, then {second} on a slot that is {state}"
        disagreeing = make.one(
            "SELECT count(*) AS n FROM slots AS s WHERE slot_disagreement(s) IS NOT NULL"
        )
        assert disagreeing["n"] == 0
        deadlocks = make.one(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        assert deadlocks["deadlocks"] == 0
        make.close()
