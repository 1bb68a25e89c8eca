"""What a delivery to a person says, for who looks at it later: with the data as they are now."""

from dataclasses import fields
from typing import Any

from holdfast.config import Settings
from holdfast.deliveries.model import Claimed
from holdfast.deliveries.preview import MakePreview
from holdfast.deliveries.schemas import DeliveryPreview
from holdfast.kernel.db import Database, Row
from holdfast.notifications.message.compose import Composer

HIDDEN = "…"


def message_preview(db: Database, settings: Settings) -> MakePreview:
    """Makes previews, without links and codes by which one could act as the receiver."""
    composer = Composer(db, settings)
    base_url = settings.base_url
    hidden = {
        "manage": f"{base_url}/m/{HIDDEN}",
        "unsubscribe": f"{base_url}/u/{HIDDEN}",
        "reset": f"{base_url}/reset-password?token={HIDDEN}",
        "resetMinutes": 60,
    }

    async def make(delivery: Row) -> DeliveryPreview | None:
        values: dict[str, Any] = {field.name: delivery.get(field.name) for field in fields(Claimed)}
        claimed = Claimed(**values)
        composed = await composer.compose(claimed, more={"code": HIDDEN}, hidden_links=hidden)
        if composed is None:
            return None
        shown = composed.rendered
        return DeliveryPreview(subject=shown.subject, text=shown.text, html=shown.html)

    return make
