"""Wire models of deliveries and lanes (SPEC-deliveries §1, §7)."""

from typing import Literal
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from holdfast.deliveries.model import Channel
from holdfast.http.idempotency import KeyedRequest
from holdfast.http.wire import Id, Instant, Paragraph, WireModel

State = Literal[
    "pending",
    "sending",
    "uncertain",
    "sent",
    "delivered",
    "bounced",
    "dead",
    "superseded",
    "expired",
    "suppressed",
]
# `event` and `test` are webhooks'.
Purpose = Literal[
    "requested",
    "confirmed",
    "rescheduled",
    "cancelled",
    "reminder",
    "no_show",
    "password_reset",
    "phone_code",
    "calendar_trouble",
    "calendar_conflict",
    "endpoint_disabled",
    "event",
    "test",
]
BULK_LIMIT = 1000


class Attempt(WireModel):
    """One try. `lost`: the worker died before anybody got anything; `excerpt`: what the other side
    answered, for administrators."""

    number: int
    started_at: Instant
    ended_at: Instant
    outcome: Literal["sent", "failed", "refused", "unknown", "lost"]
    code: str | None = None
    excerpt: str | None = None


class Delivery(WireModel):
    """One message to one target through one channel. `address` is where it would go now."""

    id: Id
    channel: Channel
    purpose: Purpose
    state: State
    reason: str | None = None
    lane: str
    user_id: Id | None = None
    endpoint_id: Id | None = None
    connection_id: Id | None = None
    appointment_id: Id | None = None
    address: str | None
    attempts: list[Attempt]
    due_at: Instant
    expires_at: Instant
    resend_of: Id | None = None
    created_at: Instant
    settled_at: Instant | None = None


class DeliveryPreview(WireModel):
    """What the message says, made from the data as they are now."""

    subject: str | None = None
    text: str
    html: str | None = None


class DeliveryWithPreview(Delivery):
    """`preview` is null where none can be made: its channel has none, or its subject is gone."""

    preview: DeliveryPreview | None


class DeliveryFilter(WireModel):
    """Which deliveries; at least one field."""

    channel: Channel | None = None
    state: State | None = None
    purpose: Purpose | None = None
    user_id: Id | None = None
    appointment_id: Id | None = None
    endpoint_id: Id | None = None
    from_: Instant | None = Field(default=None, alias="from")
    to: Instant | None = None
    q: Paragraph | None = Field(default=None, min_length=1, max_length=100)

    @model_validator(mode="after")
    def _asks_for_something(self) -> "DeliveryFilter":
        if not self.model_dump(exclude_none=True):
            raise ValueError("must have at least one field")
        return self


class BulkDeliveriesRequest(KeyedRequest):
    """`resend` or `discard` up to 1,000 deliveries: by `ids`, or the latest that fit `filter`. A
    filter without `state` means `dead` for `resend`, `pending` for `discard`."""

    action: Literal["resend", "discard"]
    ids: list[Id] | None = Field(default=None, min_length=1, max_length=BULK_LIMIT)
    filter: DeliveryFilter | None = None

    @field_validator("ids")
    @classmethod
    def _each_once(cls, ids: list[UUID] | None) -> list[UUID] | None:
        if ids is not None and len(set(ids)) < len(ids):
            raise ValueError("must have each id once")
        return ids


class BulkDeliveryResult(WireModel):
    """What became of one delivery: the status (and, when refused, the scenario and why) that the
    action would have been answered with by itself, and the id of the new delivery."""

    id: Id
    status: int = Field(examples=[201])
    scenario: str | None = None
    reason: str | None = None
    delivery_id: Id | None = None


class BulkDeliveriesAnswer(WireModel):
    """One result for each delivery; `hasMore`: more than these fit the filter."""

    results: list[BulkDeliveryResult]
    has_more: bool


class ChannelCounts(WireModel):
    """How many deliveries a channel has in each state."""

    channel: Channel
    is_configured: bool
    oldest_due_at: Instant | None
    states: dict[State, int]


class DeadLetters(WireModel):
    """Dead deliveries that were not sent again: all that the log has, and those of a week."""

    all: int
    recent: int


class FollowingConsumer(WireModel):
    """Who follows the log. `lagEvents`: how many events it has still to pass; `gaps`: how often
    some were gone before it had."""

    name: Literal["notify", "webhook", "calendar", "kafka"]
    position: int
    lag_events: int
    gaps: int


class BusSummary(WireModel):
    """What consumers plan from, and how far they are."""

    kind: Literal["log", "kafka"]
    consumers: list[FollowingConsumer]


class DeliverySummary(WireModel):
    """Counts by channel and state; each ends at `countLimit`. `oldestDueAt`: since when the longest
    overdue delivery waits."""

    is_sending: bool = Field(description="False with `HOLDFAST_DELIVERY=off`.")
    channels: list[ChannelCounts]
    count_limit: int
    dead_letters: DeadLetters
    oldest_due_at: Instant | None
    bus: BusSummary | None = None


class Lane(WireModel):
    """Where deliveries queue together. `stopped`: paused by an administrator; `pausedUntil`: by
    itself, after trouble; `failingSince`: no success since then. `waiting` is 10,000 at most."""

    id: str
    channel: Channel
    state: Literal["open", "stopped", "needs_attention"]
    failures: int
    paused_until: Instant | None = None
    failing_since: Instant | None = None
    endpoint_id: Id | None = None
    waiting: int
    oldest_due_at: Instant | None = None
