"""What clients may send, and what they are answered (SPEC §5)."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from holdfast.edit_locks.schemas import Position
from holdfast.http.wire import Id, WireModel
from holdfast.realtime.channels import MAXIMUM_NAME_CHARACTERS

ChannelName = Annotated[str, Field(max_length=MAXIMUM_NAME_CHARACTERS)]


class Subscribe(WireModel):
    """A channel (or appointment id), and the last sequence that the client has seen."""

    channel: ChannelName
    since: Annotated[int, Field(ge=0, le=2**53, strict=True)] | None = None


class CursorPosition(WireModel):
    """A cursor that moved."""

    appointment_id: Id
    position: Position


class RequestTakeover(WireModel):
    """A wish to edit what another user has locked."""

    appointment_id: Id


Subscription = Annotated[
    ChannelName | Subscribe,
    Field(title="Subscription", description="A channel name, an appointment id, or an object."),
]
# What a client may send.
MESSAGE_TYPES: dict[str, Any] = {
    "subscribe": Subscription,
    "unsubscribe": Subscription,
    "cursor-position": CursorPosition,
    "request-takeover": RequestTakeover,
}
_MODELS: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(model) for name, model in MESSAGE_TYPES.items()
}

Ack = dict[str, Any]
Scenario = Literal[
    "validation_failed",
    "unauthenticated",
    "not_found",
    "lock_not_found",
    "rate_limited",
    "unavailable",
]


class Joined(WireModel):
    """The channel is listened to; `reset`: the log does not reach back to `since`, fetch again."""

    ok: Literal[True]
    channel: str
    sequence: Annotated[int, Field(ge=0)]
    reset: Literal[True] | None = None


class Accepted(WireModel):
    """Done."""

    ok: Literal[True]
    channel: str | None = None


class Refused(WireModel):
    """Not done, and why."""

    ok: Literal[False]
    scenario: Scenario


def parse_message(event: str, arguments: tuple[Any, ...]) -> Any:
    """The message as its model; `subscribe`'s short form becomes a `Subscribe`.

    Args:
        event: one of MESSAGE_TYPES.
    Raises:
        ValueError: for anything that is not its message.
    """
    if len(arguments) != 1:
        raise ValueError(event)
    try:
        parsed = _MODELS[event].validate_python(arguments[0])
    except (ValidationError, RecursionError) as error:
        raise ValueError(event) from error
    return Subscribe(channel=parsed) if isinstance(parsed, str) else parsed


def refused(scenario: Scenario) -> Ack:
    return {"ok": False, "scenario": scenario}
