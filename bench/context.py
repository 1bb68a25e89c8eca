"""What subjects share: the PostgreSQL, the arguments, and data that several of them use."""

from argparse import Namespace
from functools import cached_property

from bench import report
from bench.seed002 import Seed002
from bench.stack import Stack
from bench.world import World

# Of the database that is measured beside pgbench, and of the seed's own tables.
SPARE_PROVIDERS = 30
PROVIDERS_A_SECOND = 8


class Bench:
    """One run of `make bench`."""

    def __init__(self, stack: Stack, given: Namespace) -> None:
        self.stack = stack
        self.rounds: int = given.rounds
        self.seconds: int = given.seconds
        self.each: int = given.each
        self.slots: int = given.slots
        self.reservations: int = given.reservations
        self.sockets: int = given.sockets

    @cached_property
    def world(self) -> World:
        """Enough clients for all rounds, none of whom meets the limit of live reservations."""
        providers = SPARE_PROVIDERS + PROVIDERS_A_SECOND * self.rounds * self.seconds
        return self.load("holdfast", providers)

    @cached_property
    def seed(self) -> Seed002:
        """The design document's own tables."""
        report.say("loading the yardstick's tables ...")
        return Seed002(self.stack.create_database("seed002"))

    def load(self, database: str, providers: int) -> World:
        """A database of so many providers; its connection stays open."""
        report.say(f"loading {database} ...")
        connection = self.stack.superuser(database)
        world = World(connection)
        world.grow(providers, report.say)
        return world
