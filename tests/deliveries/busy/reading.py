"""A worker that reads calendars step by step."""

from collections import Counter
from uuid import UUID

from holdfast.calendars.busy.sync import CalendarSync
from holdfast.channels.caldav.store import sealed
from holdfast.config import Settings
from holdfast.deliveries.outbound import Outbound
from holdfast.kernel import metrics
from holdfast.kernel.db import Database
from holdfast.kernel.ids import new_id
from tests.deliveries.caldav.servers import PASSWORD, USER
from tests.support.make import Make, Place

OUTCOMES = ("changed", "unchanged", "doubted", "lost", "unauthorized", "not_found", "failed")


class Reader:
    """Connects calendars, and reads those that are due."""

    def __init__(self, make: Make, db: Database, settings: Settings, outbound: Outbound) -> None:
        self.make = make
        self.db = db
        self.settings = settings
        self.sync = CalendarSync(settings, outbound)

    def connect(
        self, place: Place, url: str, username: str = USER, password: str = PASSWORD
    ) -> UUID:
        connection_id = new_id()
        self.make.db.execute(
            "INSERT INTO calendar_connections (id, provider_id, url, username, password_sealed, "
            "push, busy) VALUES (%s, %s, %s, %s, %s, false, true)",
            [
                connection_id,
                place.provider_id,
                url,
                username,
                sealed(self.settings, connection_id, password),
            ],
        )
        return connection_id

    async def due(self) -> dict[str, int]:
        """Read what is due; how many reads ended how, as the metric says."""
        before = self._counts()
        await self.sync(self.db)
        after = self._counts()
        return dict(after - before)

    async def read(self) -> dict[str, int]:
        """Read all connections, due or not."""
        self.make.db.execute("UPDATE calendar_connections SET next_sync_at = now()")
        return await self.due()

    def _counts(self) -> Counter[str]:
        return Counter(
            {name: int(metrics.CALENDAR_SYNCS.labels(name)._value.get()) for name in OUTCOMES}
        )
