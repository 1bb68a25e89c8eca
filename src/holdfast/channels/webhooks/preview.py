"""What a webhook says, shown to administrators: its body, built from the log and never sent."""

import orjson

from holdfast.channels.webhooks.catalogue import EVENT_TYPES
from holdfast.channels.webhooks.store import QUERIES
from holdfast.config import Settings
from holdfast.deliveries.schemas import DeliveryPreview
from holdfast.events.cloudevents import data_of, event_body, trial_body
from holdfast.kernel.db import Database, Row, fetch_one


class WebhookPreview:
    """Of a webhook: its body, which is built from the log."""

    def __init__(self, settings: Settings, db: Database) -> None:
        self._source = settings.base_url
        self._db = db

    async def __call__(self, delivery: Row) -> DeliveryPreview | None:
        if delivery["purpose"] == "test":
            known = EVENT_TYPES.get(delivery["event_type"] or "", EVENT_TYPES["webhook.test"])
            return _shown(
                trial_body(
                    source=self._source,
                    id=f"test_{delivery['id'].hex}",
                    type=known.name,
                    at=delivery["created_at"],
                    data=known.example,
                )
            )
        row = await self._db.run(lambda c: fetch_one(c, QUERIES.load, {"ids": [delivery["id"]]}))
        if row is None or row["type"] is None:
            return None
        return _shown(
            event_body(
                source=self._source,
                position=delivery["position"],
                type=row["type"],
                topic=row["topic"],
                key=row["key"],
                at=row["at"],
                data=data_of(row["topic"], row["payload"], row["timezone"]),
            )
        )


def _shown(body: bytes) -> DeliveryPreview:
    indented = orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2)
    return DeliveryPreview(text=indented.decode())
