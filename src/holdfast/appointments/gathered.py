"""Writes of appointments that come at the same time share a transaction (docs/concurrency.md)."""

from collections.abc import Sequence
from typing import Any, cast

from holdfast.appointments import store_writes
from holdfast.appointments.store_writes import Write
from holdfast.http.idempotency import KEY_LIFETIME_SECONDS, Claim
from holdfast.kernel.db import Database, Row
from holdfast.kernel.gather import Gatherer

Request = dict[str, Any]


class AppointmentWrites:
    """Writes appointments: each caller for itself, though not each in a transaction of its own.

    Args:
        gathers: False to give each its own transaction after all.
    """

    def __init__(self, db: Database, *, gathers: bool) -> None:
        self._db = db
        self._gathers = gathers
        self._gatherer = Gatherer[Request, Row](
            alone=self._alone,
            together=self._together,
            patiently=self._one_by_one,
            thing=_thing,
        )
        self._under_way: set[object] = set()

    async def write(
        self, wanted: Write, claim: Claim | None, *, location: str | None = None
    ) -> Row:
        """Do it, once for its idempotency key -> as `store_writes.write_once`.

        Args:
            location: of what is made.
        Raises:
            Refusal: `unavailable` when too many wait already, or the database is away.
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
        thing = _thing(request)
        # Who meets another one at the same appointment has to see it as it is before that one is
        # done with it, as if both had come alone. A time booked directly names no row to lock.
        is_rival = thing in self._under_way
        if not self._gathers or is_rival or wanted.verb == "book_directly":
            return await self._alone(request)
        self._under_way.add(thing)
        try:
            return await self._gatherer.ask(request)
        finally:
            self._under_way.discard(thing)

    async def _alone(self, request: Request) -> Row:
        return await self._db.run(lambda connection: store_writes.write_once(connection, request))

    async def _together(self, requests: Sequence[Request]) -> list[Row | None]:
        rows = await self._db.run(
            lambda connection: store_writes.write_together(connection, requests)
        )
        return [None if row["outcome"] == "busy" else row for row in rows]

    async def _one_by_one(self, requests: Sequence[Request]) -> list[Row | None]:
        [request] = requests  # rivals do not come here
        return [await self._alone(request)]


def _thing(request: Request) -> object:
    return cast(object, request["reservation" if request["verb"] == "book" else "appointment"])
