"""Questions for one appointment that come at the same time share a statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from holdfast.appointments import store
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Database, Row
from holdfast.kernel.errors import not_found
from holdfast.kernel.gather import SharedStatement


@dataclass(frozen=True, slots=True)
class Look:
    """Who wants to see which appointment."""

    actor: Actor
    appointment_id: UUID


class AppointmentLooks:
    """Shows appointments: to each caller by a statement that begins after it has asked
    (docs/concurrency.md, "Gathered looks").

    Args:
        gathers: False to give each a statement of its own after all.
    """

    def __init__(self, db: Database, *, gathers: bool) -> None:
        self._shared = SharedStatement[Look, Row](db, _appointments, gathers=gathers)

    async def appointment(self, actor: Actor, appointment_id: UUID) -> Row:
        """-> document, version, updated_at, audit, names_changed.

        Raises:
            Refusal: `not_found`, also for one that this actor may not know of; `unavailable` when
                too many wait already, or the database is away.
        """
        row = await self._shared.ask(Look(actor, appointment_id))
        if row["document"] is None:
            raise not_found("appointment")
        return row


async def _appointments(connection: Connection, looks: Sequence[Look]) -> list[Row]:
    return await store.appointment(
        connection, [look.appointment_id for look in looks], [look.actor for look in looks]
    )
