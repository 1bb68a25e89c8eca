"""The whole API against a small pure model; `holdfast verify` is clean after each run."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.machine import Holdfast
from tests.stateful.world import World
from tests.support.cluster import Cluster, TestDatabase
from tests.support.rounds import TIMES


def run(database: TestDatabase, runs: int, steps: int) -> None:
    with World(database) as world:
        Holdfast.world = world
        run_state_machine_as_test(
            Holdfast,
            settings=settings(
                max_examples=runs,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            ),
        )


@pytest.mark.timeout(300)
def test_the_api_does_what_the_model_says(database: TestDatabase) -> None:
    run(database, runs=12, steps=40)


@pytest.mark.long
@pytest.mark.timeout(0)
def test_the_api_does_what_the_model_says_again_and_again(cluster: Cluster) -> None:
    """500 runs for each of HOLDFAST_TEST_ROUNDS: 20 make 10,000 sequences."""
    for _ in range(TIMES):
        # Each run is verified with all that came before it in its database, so that must not grow.
        for _ in range(5):
            with cluster.database() as database:
                run(database, runs=100, steps=50)
