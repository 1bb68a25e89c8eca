"""A delivery as a sender sees it, and what became of a try (docs/deliveries.md)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

Channel = Literal["email", "sms", "push", "webhook", "caldav"]
Result = Literal["sent", "failed", "refused", "unknown", "suppressed"]

EXCERPT_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process may send: its lease is this process's."""

    id: UUID
    channel: Channel
    purpose: str
    lane: str
    user_id: UUID | None
    endpoint_id: UUID | None
    connection_id: UUID | None
    subscription_id: UUID | None
    appointment_id: UUID | None
    position: int | None
    event_type: str | None
    start_at: datetime | None
    sealed: bytes | None
    tries: int
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one try.

    result: `failed` is tried again, `refused` never; `unknown`: it was handed over and no answer
        came; `suppressed`: it was not sent, for `reason`.
    is_lane_fault: a connection error, a time-out or a 5xx: the other side is in trouble, not this
        one message; None: it says nothing of the other side.
    retry_seconds: how long the other side asks to wait.
    receipt_id: what the other side calls the message.
    """

    result: Result
    code: str | None = None
    excerpt: str | None = None
    reason: str | None = None
    retry_seconds: float | None = None
    is_lane_fault: bool | None = False
    receipt_id: str | None = None


class NotOursError(Exception):
    """The delivery was lost to another worker or says nothing true any more: do not send it."""


class NotNowError(Exception):
    """There is no room to send it: it goes back without a try."""


HandOver = Callable[[], Awaitable[None]]


class Sender(Protocol):
    """Sends what one channel's deliveries say.

    lane_room, process_room: how many may be on their way in a lane, and in this process.
    """

    channel: Channel
    lane_room: int
    process_room: int

    async def send(self, delivery: Claimed, hand_over: HandOver) -> Outcome:
        """Try once, with no transaction open and no connection checked out.

        Args:
            hand_over: to be awaited right before the first byte that the other side may act on.
        Raises:
            NotOursError: from `hand_over`; must be let through.
            NotNowError: nothing was handed over, and the other side is not to blame.
        """
        ...
