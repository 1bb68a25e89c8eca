"""What a delivery says, as its channel makes it; `app.py` says how each channel does."""

import logging
from collections.abc import Awaitable, Callable, Mapping

from holdfast.deliveries.model import Channel
from holdfast.deliveries.schemas import DeliveryPreview
from holdfast.kernel.db import Row
from holdfast.kernel.errors import Refusal

# Makes the preview of a delivery (`delivery` of find.sql); None when what it is about is gone.
# Never opens what is sealed: a link or a code is shown as a placeholder.
MakePreview = Callable[[Row], Awaitable[DeliveryPreview | None]]
Previews = Mapping[Channel, MakePreview]

log = logging.getLogger("holdfast.deliveries")


async def preview_of(previews: Previews, delivery: Row) -> DeliveryPreview | None:
    """The preview; None where the channel makes none, or this one cannot be made."""
    make = previews.get(delivery["channel"])
    if make is None:
        return None
    try:
        return await make(delivery)
    except Refusal:
        raise
    except Exception:
        # A delivery can be looked at although its template fails: that may be what is looked for.
        log.exception("no preview of a %s delivery", delivery["channel"])
        return None
