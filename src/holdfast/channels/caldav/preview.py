"""What a push to a calendar says, for administrators: the object as it would be written now."""

from holdfast.channels.caldav import objects
from holdfast.channels.caldav.store import QUERIES
from holdfast.deliveries.schemas import DeliveryPreview
from holdfast.kernel.db import Database, Row, fetch_one


class CalendarPreview:
    """Of a delivery by `caldav`; none where the appointment is to be taken out of the calendar."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def __call__(self, delivery: Row) -> DeliveryPreview | None:
        row = await self._db.run(lambda c: fetch_one(c, QUERIES.load, {"ids": [delivery["id"]]}))
        if row is None or not row["is_wanted"]:
            return None
        return DeliveryPreview(text=objects.content(objects.entry_of(row)).decode())
