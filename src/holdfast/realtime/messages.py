"""What clients may send, and what they are answered (SPEC §5)."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from holdfast.realtime.channels import MAXIMUM_NAME_CHARACTERS

ChannelName = Annotated[str, Field(max_length=MAXIMUM_NAME_CHARACTERS)]
Coordinate = Annotated[float, Field(ge=-1_000_000, le=1_000_000, allow_inf_nan=False)]


class Message(BaseModel):
    """A JSON object from a client."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True
    )


class Subscribe(Message):
    """A channel (or appointment id), and the last sequence that the client has seen."""

    channel: ChannelName
    since: Annotated[int, Field(ge=0, le=2**53, strict=True)] | None = None


class Position(Message):
    """Where a user's cursor is, in the editor's own units."""

    x: Coordinate
    y: Coordinate


class CursorPosition(Message):
    """A cursor that moved."""

    appointment_id: UUID
    position: Position


class RequestTakeover(Message):
    """A wish to edit what another user has locked."""

    appointment_id: UUID


_SUBSCRIBE: TypeAdapter[ChannelName | Subscribe] = TypeAdapter(ChannelName | Subscribe)
_MODELS: dict[str, TypeAdapter[Any]] = {
    "subscribe": _SUBSCRIBE,
    "unsubscribe": _SUBSCRIBE,
    "cursor-position": TypeAdapter(CursorPosition),
    "request-takeover": TypeAdapter(RequestTakeover),
}

Ack = dict[str, Any]
Scenario = Literal["validation_failed", "not_found", "lock_not_found", "unavailable", "forbidden"]


def parse_message(event: str, arguments: tuple[Any, ...]) -> Any:
    """The message as its model; `subscribe`'s short form becomes a `Subscribe`.

    Raises:
        ValueError: for an unknown event or anything that is not its message.
    """
    model = _MODELS.get(event)
    if model is None or len(arguments) != 1:
        raise ValueError(event)
    try:
        parsed = model.validate_python(arguments[0])
    except (ValidationError, RecursionError) as error:
        raise ValueError(event) from error
    return Subscribe(channel=parsed) if isinstance(parsed, str) else parsed


def refused(scenario: Scenario) -> Ack:
    return {"ok": False, "scenario": scenario}
