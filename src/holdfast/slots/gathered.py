"""Questions that come at the same time, whether an availability still holds, share a statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from holdfast.kernel.db import Database
from holdfast.kernel.gather import Gatherer
from holdfast.slots import store
from holdfast.slots.tags import AvailabilityTag


@dataclass(frozen=True, slots=True)
class Look:
    """A question whether an answer about a provider and a service is still right."""

    provider_id: UUID
    service_id: UUID
    state: str
    valid_until: datetime | None


class AvailabilityLooks:
    """Says what is unchanged: to each caller by a statement that begins after it has asked
    (docs/concurrency.md, "An unchanged availability").

    Args:
        gathers: False to give each a statement of its own after all.
    """

    def __init__(self, db: Database, *, gathers: bool) -> None:
        self._db = db
        gatherer = Gatherer[Look, bool](
            alone=self._alone,
            together=self._together,
            patiently=self._together,  # never: a look has nobody to wait for
            thing=lambda look: look.provider_id,
        )
        self._ask = gatherer.ask if gathers else self._alone

    async def is_unchanged(self, provider_id: UUID, service_id: UUID, tag: AvailabilityTag) -> bool:
        """Whether the answer with this tag still holds.

        Raises:
            Refusal: `unavailable` when too many wait already, or the database is away.
        """
        return await self._ask(Look(provider_id, service_id, tag.state, tag.valid_until))

    async def _alone(self, look: Look) -> bool:
        [is_unchanged] = await self._together([look])
        return is_unchanged

    async def _together(self, looks: Sequence[Look]) -> list[bool]:
        return await self._db.run(
            lambda connection: store.availability_unchanged(
                connection,
                providers=[look.provider_id for look in looks],
                services=[look.service_id for look in looks],
                states=[look.state for look in looks],
                valid_until=[look.valid_until for look in looks],
            )
        )
