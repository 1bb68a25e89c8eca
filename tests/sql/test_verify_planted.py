"""`holdfast verify` finds each kind of violation, and says whose (SPEC §3)."""

import pytest

from holdfast.verify import check_database
from holdfast.verify.checks import CHECKS
from tests.sql.verify_plants import STATE_PLANTS, Plant
from tests.sql.verify_plants_deliveries import DELIVERY_PLANTS
from tests.sql.verify_plants_history import HISTORY_PLANTS
from tests.sql.verify_world import World, names_of
from tests.support.cluster import TestDatabase
from tests.support.make import Make

PLANTS = {**STATE_PLANTS, **HISTORY_PLANTS, **DELIVERY_PLANTS}


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS.keys())
def test_a_planted_violation_is_found(database: TestDatabase, make: Make, plant: Plant) -> None:
    world = World(make)
    if plant.has_deliveries:
        world.tell()
        assert check_database(database.server_url).violations == []
    with world.unguarded(past_history=plant.past_history, without=plant.without):
        world.run(plant.sql)
    report = check_database(database.server_url)
    found = sorted(
        names_of(world.ids, f"{violation.check} {violation.id}") for violation in report.violations
    )
    gone = [f"constraints {name.partition('.')[2]}" for name in plant.without]
    assert found == sorted([*plant.found, *gone]), "\n".join(map(str, report.violations))


def test_every_check_finds_something() -> None:
    planted = {found.split()[0] for plant in PLANTS.values() for found in plant.found}
    # Written once for appointments and slots: planted in one of them.
    assert {check.name for check in CHECKS} - planted <= {"slot_chain"}
