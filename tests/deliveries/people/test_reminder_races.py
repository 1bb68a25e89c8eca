"""A cancel or a move against the reminder's claim, on two connections (SPEC-deliveries §3)."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.deliveries.drive import Drive
from tests.deliveries.people.test_reminders import World, change_it
from tests.support.cluster import TestDatabase
from tests.support.make import Make

CHANGES = pytest.mark.parametrize("change", ["cancel", "delete", "move"])


@pytest.fixture
def other(database: TestDatabase) -> Iterator[Make]:
    """A second connection; it must not have to wait."""
    make = Make(database.owner_url)
    make.db.execute("SET lock_timeout = '2s'")
    yield make
    make.close()


@pytest.fixture
def world(make: Make) -> World:
    world = World(make)
    world.remind()
    return world


@contextmanager
def changing(world: World, change: str) -> Iterator[None]:
    """The change is made when the block begins, and committed when it ends."""
    appointment = world.appointment(1439)
    world.remind()
    with world.make.db.transaction():
        change_it(world, appointment, change)
        yield


def outcome(world: World) -> tuple[str, str | None]:
    [row] = world.reminders()
    return row["state"], row["reason"]


@CHANGES
def test_a_change_that_commits_between_claim_and_mark_stops_it(
    world: World, drive: Drive, other: Make, change: str
) -> None:
    worker = Drive(other, drive.plan)
    with changing(world, change):
        # Nobody can know of it yet; and nobody waits.
        [claimed] = worker.claim("email")
    assert worker.mark(claimed["id"]) == []
    assert outcome(world) == ("suppressed", "cancelled")


@CHANGES
def test_a_change_that_commits_before_the_claim_stops_it(
    world: World, drive: Drive, other: Make, change: str
) -> None:
    worker = Drive(other, drive.plan)
    with changing(world, change):
        pass
    assert worker.claim("email") == []
    assert outcome(world) == ("suppressed", "cancelled")


@CHANGES
def test_a_change_that_commits_after_the_mark_does_not_wait_for_it(
    world: World, drive: Drive, other: Make, change: str
) -> None:
    """It comes too late for this one, which is handed over: its own message follows."""
    worker = Drive(other, drive.plan)
    with changing(world, change):
        [claimed] = worker.claim("email")
        assert worker.mark(claimed["id"]) == [claimed["id"]]
    assert worker.settle(claimed["id"], "sent") == 1
    assert outcome(world) == ("sent", None)


@CHANGES
def test_a_pass_during_the_change_is_made_good_by_the_claim(
    world: World, drive: Drive, other: Make, change: str
) -> None:
    """The pass sees the appointment as it was, and does not wait for whoever changes it."""
    appointment = world.appointment(1439)
    second = World.__new__(World)
    second.make = other
    with world.make.db.transaction():
        change_it(world, appointment, change)
        assert second.remind() == {"planned": 1}
    assert Drive(other, drive.plan).claim("email") == []
    assert outcome(world) == ("suppressed", "cancelled")
