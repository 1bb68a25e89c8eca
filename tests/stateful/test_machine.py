"""The whole API against small pure models; `holdfast verify` is clean after each run."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.machine import Holdfast
from tests.stateful.schedule_machine import Calendar
from tests.stateful.world import World
from tests.support.cluster import Cluster, TestDatabase
from tests.support.rounds import TIMES

Machine = type[Holdfast] | type[Calendar]
EACH = pytest.mark.parametrize("machine", [Holdfast, Calendar])


def run(machine: Machine, database: TestDatabase, runs: int, steps: int) -> None:
    with World(database) as world:
        machine.world = world
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=runs,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            ),
        )


@EACH
@pytest.mark.timeout(300)
def test_the_api_does_what_the_model_says(machine: Machine, database: TestDatabase) -> None:
    run(machine, database, runs=12, steps=40)


@EACH
@pytest.mark.long
@pytest.mark.timeout(0)
def test_the_api_does_what_the_model_says_again_and_again(
    machine: Machine, cluster: Cluster
) -> None:
    """500 runs for each of HOLDFAST_TEST_ROUNDS: 20 make 10,000 sequences."""
    for _ in range(TIMES):
        # Each run is verified with all that came before it in its database, so that must not grow.
        for _ in range(5):
            with cluster.database() as database:
                run(machine, database, runs=100, steps=50)
