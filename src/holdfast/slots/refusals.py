"""Refusals that a slot can cause: each of them offers alternatives (SPEC 4.4)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.kernel.db import Database
from holdfast.kernel.errors import Refusal
from holdfast.slots import store

_DETAILS = {
    "slot_booked": "This time is booked.",
    "slot_held": "Somebody else is just booking this time.",
    "slot_blocked": "This time is not open for booking.",
    "slot_past": "This time has already begun.",
    "no_slot": "There is no free time then.",
    "no_longer_offered": "This is not offered any more.",
    "reservation_expired": "The reservation has expired. Please reserve again.",
}


class SlotRefusal(Refusal):
    """The wanted time cannot be had; `details.alternatives` says what can.

    Args:
        scenario: slot_booked, slot_held, slot_blocked, slot_past, no_slot,
            no_longer_offered or reservation_expired.
        wanted: the start that was wanted.
        detail: what to say instead of the usual sentence.
    """

    def __init__(
        self,
        scenario: str,
        *,
        provider_id: UUID,
        service_id: UUID,
        wanted: datetime,
        details: dict[str, Any] | None = None,
        detail: str | None = None,
    ) -> None:
        super().__init__(scenario, detail or _DETAILS[scenario], details=details)
        self._provider_id = provider_id
        self._service_id = service_id
        self._wanted = wanted

    async def completed(self, db: Database) -> Refusal:
        """Adds the alternatives. They are read after the refused transaction has ended, so that
        nobody waits behind its locks for them."""
        self.details["alternatives"] = await db.run(
            lambda connection: store.alternatives(
                connection, self._provider_id, self._service_id, self._wanted
            )
        )
        return self
