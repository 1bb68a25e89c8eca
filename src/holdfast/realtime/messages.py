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


_SUBSCRIBE: TypeAdapter[ChannelName | Subscribe] = TypeAdapter(ChannelName | Subscribe)
_MODELS: dict[str, TypeAdapter[Any]] = {
    "subscribe": _SUBSCRIBE,
    "unsubscribe": _SUBSCRIBE,
    "cursor-position": TypeAdapter(CursorPosition),
    "request-takeover": TypeAdapter(RequestTakeover),
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
# What a client may send.
MESSAGES = frozenset(_MODELS)


def parse_message(event: str, arguments: tuple[Any, ...]) -> Any:
    """The message as its model; `subscribe`'s short form becomes a `Subscribe`.

    Args:
        event: one of MESSAGES.
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
