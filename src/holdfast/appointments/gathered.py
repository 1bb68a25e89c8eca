"""Writes of appointments that come at the same time share a transaction (docs/concurrency.md)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from holdfast.appointments import store_writes
from holdfast.appointments.store_writes import Write
from holdfast.http.idempotency import KEY_LIFETIME_SECONDS, Claim, refuse_claim
from holdfast.kernel.db import Database, Row
from holdfast.kernel.errors import unavailable
from holdfast.kernel.gather import Gatherer

Request = dict[str, Any]

# Of one appointment, or of one reservation.
MAXIMUM_RIVALS = 100
PATIENCE_SECONDS = 8.0  # as long as for a lock in the database


@dataclass(slots=True)
class _Queue:
    """Those who write one appointment, or use one reservation, at the same time.

    Attributes:
        keys: whose idempotency keys are in use by them.
        moved_in_version: which version the last reschedule made; None: there was none.
    """

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    members: int = 0
    keys: set[tuple[UUID, str]] = field(default_factory=set[tuple[UUID, str]])
    moved_in_version: int | None = None


class AppointmentWrites:
    """Writes appointments: each caller for itself, though not each in a transaction of its own.

    Args:
        gathers: False to give each its own transaction after all.
    """

    def __init__(self, db: Database, *, gathers: bool) -> None:
        self._db = db
        gatherer = Gatherer[Request, Row](
            alone=self._alone,
            together=self._together,
            patiently=self._patiently,
            thing=_thing,
        )
        self._ask = gatherer.ask if gathers else self._alone
        self._queues: dict[object, _Queue] = {}

    async def write(
        self, wanted: Write, claim: Claim | None, *, location: str | None = None
    ) -> Row:
        """Do it, once for its idempotency key -> as `store_writes.write_once`.

        Args:
            location: of what is made.
        Raises:
            Refusal: `unavailable` when too many wait already, or the database is away;
                `idempotency_in_flight` when the key's first request waits or runs.
        """
        request = wanted.as_request()
        if location is not None:
            request["location"] = location
        if claim is not None:
            request |= {
                "key": claim.key,
                "fingerprint": claim.fingerprint.hex(),
                "keyLifetimeSeconds": KEY_LIFETIME_SECONDS,
            }
        if wanted.verb == "book_directly":  # names no row that could be locked beforehand
            return await self._alone(request)
        async with self._turn(request, claim) as queue:
            row = await self._ask(request)
            if wanted.verb == "reschedule" and row["outcome"] == "done":
                queue.moved_in_version = row["version"]
            return row

    @asynccontextmanager
    async def _turn(self, request: Request, claim: Claim | None) -> AsyncIterator[_Queue]:
        """Wait for those who came before for the same thing.

        Who had to wait while the appointment was moved is told so, as it would have been by the
        database: what it asks for was meant for the other time.
        """
        thing = _thing(request)
        queue = self._queues.setdefault(thing, _Queue())
        keys = {(claim.user_id, claim.key)} if claim is not None else set[tuple[UUID, str]]()
        if keys & queue.keys:
            raise refuse_claim("in_flight")  # at once, as the database would say it
        if queue.members >= MAXIMUM_RIVALS:
            raise unavailable("Too many requests for this appointment are waiting.")
        queue.members += 1
        queue.keys |= keys
        moved_in_version = queue.moved_in_version
        try:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await queue.turn.acquire()
            except TimeoutError:
                raise unavailable("This took too long. Please try again.") from None
            try:
                if queue.moved_in_version != moved_in_version:
                    moved = {"movedInVersion": queue.moved_in_version}
                    request["precondition"] = {**request["precondition"], **moved}
                yield queue
            finally:
                queue.turn.release()
        finally:
            queue.members -= 1
            queue.keys -= keys
            if not queue.members:
                del self._queues[thing]

    async def _alone(self, request: Request) -> Row:
        return await self._db.run(lambda connection: store_writes.write_once(connection, request))

    async def _together(self, requests: Sequence[Request]) -> list[Row | None]:
        rows = await self._db.run(
            lambda connection: store_writes.write_together(connection, requests)
        )
        return [None if row["outcome"] == "busy" else row for row in rows]

    async def _patiently(self, requests: Sequence[Request]) -> list[Row | None]:
        [request] = requests  # rivals wait for their turn
        return [await self._alone(request)]


def _thing(request: Request) -> object:
    # A token that never was one is nobody's rival.
    reservation = request["reservation"] if request["verb"] == "book" else None
    return reservation or request["appointment"]
