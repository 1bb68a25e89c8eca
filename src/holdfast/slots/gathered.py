"""Questions about availability that come at the same time share a statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from holdfast.kernel.db import Connection, Database, Row
from holdfast.kernel.gather import SharedStatement
from holdfast.slots import store


@dataclass(frozen=True, slots=True)
class Look:
    """A question whether an answer about a provider and a service is still right: the one that was
    made from this state (`availability_state()`), until a time at most (None: any)."""

    provider_id: UUID
    service_id: UUID
    state: str
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class Days:
    """A question for the timeslots of a provider on some days of its own zone."""

    provider_id: UUID
    service_id: UUID
    first: date
    number: int


class AvailabilityLooks:
    """Says what is free, and what is unchanged: to each caller by a statement that begins after it
    has asked (docs/concurrency.md, "Gathered looks").

    Args:
        gathers: False to give each a statement of its own after all.
    """

    def __init__(self, db: Database, *, gathers: bool) -> None:
        self._unchanged = SharedStatement[Look, bool](db, _unchanged, gathers=gathers)
        self._timeslots = SharedStatement[Days, Row](db, _timeslots, gathers=gathers)

    async def is_unchanged(self, look: Look) -> bool:
        """Whether an answer still holds.

        Raises:
            Refusal: `unavailable` when too many wait already, or the database is away.
        """
        return await self._unchanged.ask(look)

    async def timeslots(self, days: Days) -> Row:
        """-> as `store.availability`. Raises as `is_unchanged`."""
        # A month takes longer to make: nobody who asks for a day waits for it.
        if days.number > 1:
            return await self._timeslots.ask_alone(days)
        return await self._timeslots.ask(days)


async def _unchanged(connection: Connection, looks: Sequence[Look]) -> list[bool]:
    return await store.availability_unchanged(
        connection,
        providers=[look.provider_id for look in looks],
        services=[look.service_id for look in looks],
        states=[look.state for look in looks],
        valid_until=[look.valid_until for look in looks],
    )


async def _timeslots(connection: Connection, questions: Sequence[Days]) -> list[Row]:
    return await store.availability(
        connection,
        providers=[days.provider_id for days in questions],
        services=[days.service_id for days in questions],
        first_days=[days.first for days in questions],
        numbers=[days.number for days in questions],
    )
