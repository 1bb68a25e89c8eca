"""Reserves that come at the same time share a transaction (docs/concurrency.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Database, Row
from holdfast.kernel.gather import Gatherer
from holdfast.kernel.ids import new_id
from holdfast.reservations import store
from holdfast.reservations.operations import LIVE_LIMIT, Reserved, Wanted, reserved


@dataclass(frozen=True, slots=True)
class _Call:
    """A reserve. Its reservation's id is the same however often it has to be sent."""

    actor: Actor
    wanted: Wanted
    reservation_id: UUID


class Reserves:
    """Reserves slots: each caller for itself, though not each in a transaction of its own.

    Args:
        idle_limit: as `store.reserve_slot`.
        gathers: False to give each its own transaction after all.
    """

    def __init__(
        self, db: Database, *, ttl_seconds: int, idle_limit: int | None, gathers: bool
    ) -> None:
        self._db = db
        self._ttl_seconds = ttl_seconds
        self._idle_limit = idle_limit
        gatherer = Gatherer[_Call, Row](
            alone=self._alone,
            together=lambda calls: self._together(calls, waits=False),
            patiently=lambda calls: self._together(calls, waits=True),
            thing=lambda call: call.wanted.slot_id,
        )
        self._ask = gatherer.ask if gathers else self._alone

    async def reserve(self, actor: Actor, wanted: Wanted) -> Reserved:
        """Reserve a slot, or return this user's own live reservation of it unchanged.

        Raises:
            Refusal: as `operations.reserve`, and `unavailable` when too many wait already.
        """
        call = _Call(actor, wanted, new_id())
        row = await self._ask(call)
        return reserved(row, wanted, call.reservation_id)

    async def _alone(self, call: _Call) -> Row:
        return await self._db.run(
            lambda connection: store.reserve_slot(
                connection,
                call.actor,
                reservation_id=call.reservation_id,
                slot_id=call.wanted.slot_id,
                provider_id=call.wanted.provider_id,
                service_id=call.wanted.service_id,
                user_id=call.wanted.user_id,
                ttl_seconds=self._ttl_seconds,
                live_limit=LIVE_LIMIT,
                idle_limit=self._idle_limit,
            )
        )

    async def _together(self, calls: Sequence[_Call], *, waits: bool) -> list[Row | None]:
        requests = [
            {
                "actor": call.actor.facts(),
                "id": call.reservation_id,
                "slot": call.wanted.slot_id,
                "provider": call.wanted.provider_id,
                "service": call.wanted.service_id,
                "user": call.wanted.user_id,
            }
            for call in calls
        ]

        async def reserve(connection: Connection) -> list[Row]:
            return await store.reserve_slots(
                connection,
                requests,
                ttl_seconds=self._ttl_seconds,
                live_limit=LIVE_LIMIT,
                idle_limit=self._idle_limit,
                waits=waits,
            )

        rows = await self._db.run(reserve)
        return [None if row["outcome"] == "busy" else row for row in rows]
