"""Wire models of webhook endpoints (SPEC-deliveries §5)."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from holdfast.channels.webhooks.catalogue import EVENT_TYPES, PATTERNS
from holdfast.http.idempotency import KeyedRequest
from holdfast.http.wire import Id, Instant, Integer, Paragraph, Version, WireModel

MAXIMUM_OVERLAP_HOURS = 168
_TYPE_NAMES = frozenset({*EVENT_TYPES, *PATTERNS})


def _known_types(names: list[str]) -> list[str]:
    for name in names:
        if name not in _TYPE_NAMES:
            raise ValueError("must be types of GET /event-types, `booking.*` or `lock.*`")
    return list(dict.fromkeys(names))


def _known_type(name: str) -> str:
    if name not in EVENT_TYPES:
        raise ValueError("must be a type of GET /event-types")
    return name


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def unset() -> Any:
    """A field of a change that may be left out, though it may not be null."""
    return Field(default=None, json_schema_extra=_without_default)


_Name = Annotated[str, StringConstraints(max_length=100)]
Url = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000),
    Field(examples=["https://example.org/hooks/holdfast"]),
]
Types = Annotated[
    list[_Name],
    Field(min_length=1, max_length=50, examples=[["booking.*"]]),
    AfterValidator(_known_types),
]
Type = Annotated[_Name, AfterValidator(_known_type), Field(examples=["booking.confirmed"])]
Filter = Annotated[list[Id], Field(max_length=100, description="None: all.")]
Description = Annotated[Paragraph, Field(max_length=500)]


class NewEndpoint(KeyedRequest):
    """Whom to tell of which events."""

    url: Url
    types: Types
    provider_ids: Filter = Field(default=[])
    facility_ids: Filter = Field(default=[])
    description: Description = ""


class EndpointChange(WireModel):
    """What to change of an endpoint; what is left out stays, a list is replaced as a whole."""

    url: Url = unset()
    types: Types = unset()
    provider_ids: Filter = unset()
    facility_ids: Filter = unset()
    description: Description = unset()
    version: Version | None = None


class Removal(WireModel):
    """What the body of a DELETE may say; `If-Match` means the same."""

    version: Version | None = None


class Health(WireModel):
    """How an endpoint has been doing for seven days: tries, and what waits (10,000 at most)."""

    status: Literal["healthy", "failing", "paused", "stopped", "idle"]
    sent: int
    failed: int
    success_rate: float | None
    waiting: int
    failing_since: Instant | None
    paused_until: Instant | None


class Endpoint(WireModel):
    """An endpoint. Its secret is shown once, when it is made."""

    id: Id
    url: str
    types: list[str]
    provider_ids: list[Id]
    facility_ids: list[Id]
    description: str
    state: Literal["enabled", "disabled"]
    disabled_reason: Literal["admin", "gone", "failing"] | None
    previous_secret_until: Instant | None
    health: Health
    created_at: Instant
    updated_at: Instant
    version: int


class EndpointWithSecret(Endpoint):
    """A new endpoint, with the secret that its requests are signed with."""

    secret: str


class Rotation(KeyedRequest):
    """How long the former secret signs, too."""

    overlap_hours: Annotated[Integer, Field(ge=0, le=MAXIMUM_OVERLAP_HOURS)] = 24


class Rotated(WireModel):
    """The new secret, shown once."""

    secret: str
    previous_until: Instant | None


class Trial(KeyedRequest):
    """Which event to send as a test; its example is sent."""

    type: Type = "webhook.test"


class Tried(WireModel):
    """What became of the try."""

    delivery_id: Id
    number: int
    started_at: Instant
    ended_at: Instant
    outcome: Literal["sent", "failed", "refused", "unknown"]
    code: str | None
    excerpt: str | None


class Replay(KeyedRequest):
    """Which events to send again: from a position of the log, or from a time."""

    from_position: Annotated[int, Field(strict=True, ge=0, lt=2**63)] | None = None
    from_: Annotated[Instant | None, Field(alias="from")] = None
    to: Instant | None = None
    types: Annotated[list[Type], Field(min_length=1, max_length=50)] | None = None

    @model_validator(mode="after")
    def _one_beginning(self) -> "Replay":
        if (self.from_position is None) == (self.from_ is None):
            raise ValueError("give fromPosition or from, one of them")
        if self.from_ is not None and self.to is not None and self.to <= self.from_:
            raise ValueError("`to` must be after `from`")
        return self


class Replayed(WireModel):
    """How many events are sent again."""

    count: int


class EventTypeModel(WireModel):
    """A type of events: `schema` and `example` are of `data`."""

    name: str
    description: str
    only_named: bool
    schema_: Annotated[dict[str, Any], Field(alias="schema")]
    example: dict[str, Any]


class EventTypes(WireModel):
    """All types of events."""

    items: list[EventTypeModel]
