"""Wire models of calendar connections (SPEC-deliveries §4)."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from holdfast.http.idempotency import KeyedRequest
from holdfast.http.wire import (
    Boolean,
    Id,
    Instant,
    Version,
    WireModel,
    clean_text,
    one_line_text,
)


def _user_name(value: str) -> str:
    # RFC 7617 §2: the first colon ends it.
    if ":" in value:
        raise ValueError("must have no colon")
    return value


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def _as_password(schema: dict[str, Any]) -> None:
    schema.pop("default", None)
    schema["format"] = "password"


def _unset(shown: Callable[[dict[str, Any]], None] = _without_default) -> Any:
    """A field of a change that may be left out, though it may not be null."""
    return Field(default=None, json_schema_extra=shown)


Url = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000),
    Field(examples=["https://cloud.example.org/remote.php/dav/calendars/kim/visits/"]),
]
UserName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=320),
    AfterValidator(clean_text),
    AfterValidator(one_line_text),
    AfterValidator(_user_name),
]
Password = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1000),
    AfterValidator(clean_text),
    AfterValidator(one_line_text),
    Field(examples=["abcd-efgh-ijkl"], repr=False),
]


class NewCalendarConnection(KeyedRequest):
    """Which calendar; an app password where the service has them."""

    url: Url
    username: UserName
    password: Annotated[Password, Field(json_schema_extra=_as_password)]
    push: Boolean = Field(default=True, description="Put appointments into it.")
    busy: Boolean = Field(default=True, description="Take busy times from it.")


class CalendarConnectionChange(WireModel):
    """What to change of a connection; what is left out stays."""

    url: Url = _unset()
    username: UserName = _unset()
    password: Password = _unset(_as_password)
    push: Boolean = _unset()
    busy: Boolean = _unset()
    version: Version | None = None


class CalendarConnectionRemoval(WireModel):
    """What the body of a DELETE may say; `If-Match` means the same."""

    version: Version | None = None


class CalendarConnection(WireModel):
    """A connection. Its password is never shown. `url` and `name` are the calendar's, as its server
    has them; `reason`: why nothing is written or read until it is changed."""

    id: Id
    provider_id: Id
    url: str
    name: str
    username: str
    push: bool
    busy: bool
    state: Literal["ok", "needs_attention"]
    reason: Literal["unauthorized", "not_found"] | None
    last_synced_at: Instant | None
    sync_requested_at: Instant | None
    created_at: Instant
    updated_at: Instant
    version: int
