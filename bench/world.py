"""Holdfast's data for measurements, any number of rows: loaded set-based, past the triggers.

Every provider has 1,024 half-hour slots on 64 days. The first half lies in the past: each of its
slots is booked by a visit that took place, and was booked once before by one that was cancelled.
Of the second half every eighth slot is booked, the others are free. Ids can be told from numbers,
so that neither the load generator nor pgbench has to ask for them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, LiteralString, cast
from uuid import UUID

from psycopg import Connection
from tests.support.make import SECRET_KEY

from bench import rows
from bench.bulk import Job, Loader
from bench.rows import (
    APPOINTMENT,
    FREE_SLOTS,
    PAST_SLOTS,
    PROVIDER,
    SERVICE,
    SLOT,
    SLOTS,
    USER,
    USERS,
    row_id,
)
from holdfast.http.tokens import Tokens
from holdfast.kernel.actor import Actor

PRIME = 1_000_003  # walks over everything in an order that looks random
BATCH_PROVIDERS = 20  # in one transaction
SAY_BATCHES = 25


@dataclass(frozen=True)
class Client:
    """A user and the token that authenticates it."""

    id: UUID
    token: str


class World:
    """What has been loaded so far."""

    def __init__(self, connection: Connection[tuple[Any, ...]]) -> None:
        self._connection = connection
        self._tokens = Tokens(SECRET_KEY)
        self.providers = 0
        self.first_day = datetime.now(UTC).date() - timedelta(days=31)
        self._blocks: list[tuple[int, int]] = []
        self._used_slots = 0
        self._used_users = 0

    @property
    def slots(self) -> int:
        return self.providers * SLOTS

    @property
    def appointments(self) -> int:
        return self.providers * (2 * PAST_SLOTS + (SLOTS - PAST_SLOTS) // 8)

    @property
    def users(self) -> int:
        return self.providers * USERS

    def provider(self, number: int) -> UUID:
        return row_id(PROVIDER, number)

    @property
    def service(self) -> UUID:
        """The one that every provider offers, so that an appointment can move to any slot."""
        return row_id(SERVICE, 0)

    def client(self, number: int) -> Client:
        user_id = row_id(USER, number % self.users)
        actor = Actor(user_id, "client", f"Client {number % self.users}", "client@example.test")
        return Client(user_id, self._tokens.access_token(actor, user_id))

    def visit(self, number: int) -> tuple[UUID, Client]:
        """An appointment of the past, and the client whose it is."""
        provider, place = divmod(number, PAST_SLOTS)
        slot = provider % self.providers * SLOTS + place
        low, high = next(block for block in self._blocks if slot < block[1] * SLOTS)
        owner = low * USERS + slot * 7919 % ((high - low) * USERS)
        return row_id(APPOINTMENT, slot), self.client(owner)

    def next_clients(self, count: int) -> list[Client]:
        """Clients without a reservation, as long as there are some."""
        first = self._used_users
        self._used_users += count
        return [self.client(number * PRIME) for number in range(first, first + count)]

    def next_slots(self, count: int) -> list[tuple[int, UUID]]:
        """Free slots all over the future, each with its provider's number; none comes twice.

        Raises:
            RuntimeError: there are no more.
        """
        free = self.providers * FREE_SLOTS
        first = self._used_slots
        self._used_slots += count
        if self._used_slots > free:
            raise RuntimeError(f"only {free} slots are free: load more providers")
        return [free_slot(place * PRIME % free) for place in range(first, first + count)]

    def begin_again(self) -> None:
        """All slots that were handed out are free again, and all clients without reservations."""
        self._used_slots = self._used_users = 0

    def day(self, number: int) -> date:
        """A day of the future half."""
        return self.first_day + timedelta(days=33 + number % 30)

    def grow(self, providers: int, say: Callable[[str], None] = lambda text: None) -> None:
        """Load as many providers, with everything, as are missing."""
        first, began = self.providers, time.perf_counter()
        names = {
            "base": datetime.combine(self.first_day, datetime.min.time(), UTC),
            "users": (providers - first) * USERS,
            "first_user": first * USERS,
        }
        lows = range(first, providers, BATCH_PROVIDERS)

        def batch(low: int) -> Job:
            high = min(providers, low + BATCH_PROVIDERS)
            return lambda connection: _load(connection, {**names, "low": low, "high": high})

        def after_each(done: int) -> None:
            slots = (min(providers, first + done * BATCH_PROVIDERS) - first) * SLOTS
            passed_seconds = time.perf_counter() - began
            if done % SAY_BATCHES == 0 or done == len(lows):
                say(f"{slots:>10,} slots after {passed_seconds:.0f} s")

        loader = Loader(self._connection)
        with loader.bare(say):
            if first == 0:
                self._connection.execute(cast(LiteralString, rows.LOAD_BASE))
            loader.run(map(batch, lows), after_each)
        say(f"{(providers - first) * SLOTS:,} slots in {time.perf_counter() - began:.0f} s")
        self._blocks.append((first, providers))
        self.providers = providers
        # The walk is another one now: what it met so far may come again, so begin with new rows.
        self._used_slots = self._used_users = 0


def _load(connection: Connection[tuple[Any, ...]], names: dict[str, Any]) -> None:
    with connection.transaction():
        for statement in (
            rows.LOAD_USERS,
            rows.LOAD_SIGN_INS,
            rows.LOAD_PROVIDERS,
            rows.LOAD_SLOTS,
            rows.LOAD_VISITS,
            rows.LOAD_RESERVATIONS,
        ):
            connection.execute(statement, names)


def free_slot(number: int) -> tuple[int, UUID]:
    """The provider's number and the id of a free slot by its place among the free ones."""
    provider, rest = divmod(number, FREE_SLOTS)
    slot = PAST_SLOTS + rest // 7 * 8 + 1 + rest % 7
    return provider, row_id(SLOT, provider * SLOTS + slot)
