"""Wire models of calendar feeds (SPEC-deliveries §4)."""

from typing import Literal

from pydantic import Field

from holdfast.http.idempotency import KeyedRequest
from holdfast.http.wire import Id, Instant, WireModel

Detail = Literal["full", "busy"]


class NewFeed(KeyedRequest):
    """Whose appointments, and how much of them."""

    provider_id: Id | None = Field(
        default=None, description="None: the appointments that you are the client of."
    )
    detail: Detail = Field(description="`busy` shows when, and no names.")


class NewFeedAddress(WireModel):
    """A new feed. The address is shown once."""

    id: Id
    url: str


class Feed(WireModel):
    """A feed. Nobody can read its address again."""

    id: Id
    provider_id: Id | None
    detail: Detail
    created_at: Instant
