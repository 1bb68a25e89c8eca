"""What is asked of edit locks at the same time shares a statement (docs/concurrency.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from holdfast.edit_locks import operations, store
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Database, Row
from holdfast.kernel.gather import Gatherer


@dataclass(frozen=True, slots=True)
class _Change:
    """An acquire or a release."""

    verb: Literal["acquire", "release"]
    actor: Actor
    appointment_id: UUID
    expected_version: int | None
    position: dict[str, float] | None
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Look:
    """A question how an edit lock stands."""

    actor: Actor
    appointment_id: UUID


class EditLocks:
    """Edit locks: each caller gets its own outcome, though not each a statement of its own.

    Args:
        gathers: False to give each its own statement after all.
    """

    def __init__(self, db: Database, *, ttl_seconds: int, gathers: bool) -> None:
        self._db = db
        self._ttl_seconds = ttl_seconds
        changes = Gatherer[_Change, Row](
            alone=self._change,
            together=lambda calls: self._change_together(calls, waits=False),
            patiently=lambda calls: self._change_together(calls, waits=True),
            thing=lambda call: call.appointment_id,
        )
        looks = Gatherer[_Look, Row](
            alone=self._look,
            together=self._look_together,
            patiently=self._look_together,  # never: a look has nobody to wait for
            thing=lambda call: call.appointment_id,
        )
        self._ask_change = changes.ask if gathers else self._change
        self._ask_look = looks.ask if gathers else self._look

    async def acquire(
        self,
        actor: Actor,
        appointment_id: UUID,
        *,
        expected_version: int | None,
        position: dict[str, float] | None,
        metadata: dict[str, Any],
    ) -> Row:
        """Take the lock, or renew one's own -> outcome (acquired or renewed), lock.

        Raises:
            Refusal: as `operations.acquire`, and `unavailable` when too many wait already.
        """
        row = await self._ask_change(
            _Change("acquire", actor, appointment_id, expected_version, position, metadata)
        )
        return operations.granted(row, expected_version)

    async def release(
        self,
        actor: Actor,
        appointment_id: UUID,
        *,
        expected_version: int | None,
        metadata: dict[str, Any],
    ) -> None:
        """Give one's own lock back, also one that has run out and that nobody took since.

        Raises:
            Refusal: as `operations.given_back`, and `unavailable` when too many wait already.
        """
        row = await self._ask_change(
            _Change("release", actor, appointment_id, expected_version, None, metadata)
        )
        operations.given_back(row, expected_version)

    async def status(
        self, actor: Actor, appointment_id: UUID, expected_version: int | None
    ) -> dict[str, Any]:
        """How the lock stands for this caller, in wire form.

        Raises:
            Refusal: `not_found`, and `unavailable` when too many wait already.
        """
        row = await self._ask_look(_Look(actor, appointment_id))
        return operations.standing(row, actor, expected_version)

    async def _change(self, call: _Change) -> Row:
        async def change(connection: Connection) -> Row:
            if call.verb == "release":
                return await store.release(
                    connection,
                    call.actor,
                    call.appointment_id,
                    expected_version=call.expected_version,
                    metadata=call.metadata,
                )
            return await store.acquire(
                connection,
                call.actor,
                call.appointment_id,
                expected_version=call.expected_version,
                position=call.position,
                ttl_seconds=self._ttl_seconds,
                metadata=call.metadata,
            )

        return await self._db.run(change)

    async def _change_together(self, calls: Sequence[_Change], *, waits: bool) -> list[Row | None]:
        requests = [
            {
                "verb": call.verb,
                "actor": call.actor.facts(),
                "appointment": call.appointment_id,
                "expectedVersion": call.expected_version,
                "position": call.position,
                "metadata": call.metadata,
            }
            for call in calls
        ]
        rows = await self._db.run(
            lambda connection: store.change(
                connection, requests, ttl_seconds=self._ttl_seconds, waits=waits
            )
        )
        return [None if row["outcome"] == "busy" else row for row in rows]

    async def _look(self, call: _Look) -> Row:
        return await self._db.run(
            lambda connection: store.status(connection, call.actor, call.appointment_id)
        )

    async def _look_together(self, calls: Sequence[_Look]) -> list[Row]:
        requests = [
            {"actor": call.actor.facts(), "appointment": call.appointment_id} for call in calls
        ]
        return await self._db.run(lambda connection: store.statuses(connection, requests))
