"""Wire models of how a person wants to be told (SPEC-deliveries §3, "Settings")."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from holdfast.catalogue.schemas import Locale
from holdfast.config import MAXIMUM_REMINDERS
from holdfast.http.wire import Boolean, Integer, Version, WireModel

FEWEST_MINUTES, MOST_MINUTES = 15, 7 * 24 * 60
_ABSENT: Any = None


def _text(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be a time such as 21:00")
    return value


def _distinct(value: list[int]) -> list[int]:
    if len(set(value)) != len(value):
        raise ValueError("must be different from each other")
    return value


WallTime = Annotated[
    str,
    BeforeValidator(_text),
    StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$"),
    Field(examples=["21:00"]),
]
Minutes = Annotated[Integer, Field(ge=FEWEST_MINUTES, le=MOST_MINUTES)]
ReminderMinutes = Annotated[
    list[Minutes],
    AfterValidator(_distinct),
    Field(max_length=MAXIMUM_REMINDERS, description="Before the start; none: no reminders."),
]


class Kinds(WireModel):
    """Which kinds of messages come by a channel."""

    changes: Boolean = True
    reminders: Boolean = True


class SmsKinds(WireModel):
    """Which kinds of messages come by SMS."""

    changes: Boolean | None = Field(
        default=None, description="null: only cancels of what starts within 24 hours."
    )
    reminders: Boolean = False


class QuietHours(WireModel):
    """Times of the day, where the person is. Over midnight when `to` is earlier than `from`."""

    from_: WallTime = Field(alias="from")
    to: WallTime

    @model_validator(mode="after")
    def _some_time(self) -> "QuietHours":
        if self.from_ == self.to:
            raise ValueError("from and to must differ; null stands for no quiet hours")
        return self


class PutNotificationSettings(WireModel):
    """How a person wants to be told. What is left out is as it is by default."""

    email: Kinds = Kinds()
    sms: SmsKinds = SmsKinds()
    push: Kinds = Kinds()
    # Left out it is as the server does by default: what stands here is never looked at.
    reminder_minutes: ReminderMinutes = _ABSENT
    quiet_hours: QuietHours | None = Field(
        default=None, description="When neither SMS nor push comes; null: at no time."
    )
    locale: Locale | None = Field(default=None, description="null: that of the place.")
    show_details: Boolean = Field(
        default=False, description="Whether a push message names service and people."
    )
    version: Version | None = None
    channels: dict[str, dict[str, str | int | bool | None]] | None = Field(
        default=None, description="As it was read; it is not written.", exclude=True
    )


class Reach(WireModel):
    """How a person can be reached by a channel.

    available: whether this server can send by it.
    """

    available: bool
    address: str | None
    state: Literal["unverified", "verified", "bounced", "complained", "stopped"] | None


class PushReach(WireModel):
    """In how many browsers a person gets push messages."""

    available: bool
    subscriptions: int


class Channels(WireModel):
    """How a person can be reached."""

    email: Reach
    sms: Reach
    push: PushReach


class NotificationSettings(WireModel):
    """How a person wants to be told, and how they can be reached."""

    email: Kinds
    sms: SmsKinds
    push: Kinds
    reminder_minutes: list[int]
    quiet_hours: QuietHours | None
    locale: str | None
    show_details: bool
    channels: Channels
    version: int
