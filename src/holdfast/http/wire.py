"""The wire's building blocks: camelCase models, safe text, times in UTC, JSON answers."""

import re
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, TypeVar
from uuid import UUID
from zoneinfo import available_timezones

import orjson
from fastapi import Response
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    StringConstraints,
)
from pydantic.alias_generators import to_camel

from holdfast.http.names import clean_name

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class WireModel(BaseModel):
    """A JSON object: camelCase names, unknown fields refused (SPEC §4)."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)


Item = TypeVar("Item")


def wire_time(moment: datetime) -> str:
    """UTC, RFC 3339 with `Z`; a fraction only where there is one."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _as_day(value: object) -> object:
    # Lax parsing would take times at midnight and numbers, too.
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("must be a date such as 2026-03-02")
    return value


def _as_instant(value: object) -> object:
    # Lax parsing would take numbers for seconds since 1970.
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or "T" not in value.upper():
        raise ValueError("must be an RFC 3339 time such as 2026-03-02T09:00:00Z")
    return value


def _in_range(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("must have a time zone, for example a trailing Z")
    try:
        moment = value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is out of range") from None
    if not EARLIEST <= moment < LATEST:
        raise ValueError("must lie between the years 1970 and 2200")
    return moment


def _in_date_range(value: date) -> date:
    if not EARLIEST.date() <= value < LATEST.date():
        raise ValueError("must lie between the years 1970 and 2200")
    return value


def clean_text(value: str) -> str:
    """Refuse what PostgreSQL cannot store and what a reader cannot see."""
    for character in value:
        code = ord(character)
        if (code < 32 and character not in "\t\n\r") or code == 127 or 0xD800 <= code <= 0xDFFF:
            raise ValueError("must not contain control characters")
    return value


def one_line_text(value: str) -> str:
    if any(character in "\n\r\t" for character in value):
        raise ValueError("must be a single line")
    return value


@cache
def _zones() -> frozenset[str]:
    # What a system has besides is no IANA name, and not every PostgreSQL knows it.
    return frozenset(available_timezones()) - {"localtime", "Factory", "posixrules"}


def _known_zone(value: str) -> str:
    if value not in _zones():
        raise ValueError("must be an IANA time zone such as Europe/Berlin")
    return value


Instant = Annotated[
    datetime,
    BeforeValidator(_as_instant),
    AfterValidator(_in_range),
    PlainSerializer(wire_time, return_type=str),
    Field(json_schema_extra={"format": "date-time"}, examples=["2026-03-02T09:00:00Z"]),
]
Day = Annotated[
    date,
    BeforeValidator(_as_day),
    AfterValidator(_in_date_range),
    Field(examples=["2026-03-02"]),
]
Id = UUID
# A name or a title.
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(clean_text),
    AfterValidator(one_line_text),
    AfterValidator(clean_name),
]
Paragraph = Annotated[str, StringConstraints(max_length=4000), AfterValidator(clean_text)]
Reason = Annotated[str, StringConstraints(max_length=500), AfterValidator(clean_text)]
Timezone = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(clean_text),
    AfterValidator(_known_zone),
    Field(examples=["Europe/Berlin"]),
]
Integer = Annotated[int, Strict(), Field(ge=-(2**31), lt=2**31)]
Version = Annotated[Integer, Field(ge=0, le=2**31 - 1, description="The version you know.")]
Boolean = Annotated[bool, Strict()]
Cents = Annotated[int, Strict(), Field(ge=0, le=1_000_000_000)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(examples=["EUR"])]


def encode(value: Any) -> bytes:
    """JSON of plain data, in which times are written as `wire_time` does."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return wire_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True, mode="json")
    raise TypeError(f"cannot write {type(value).__name__} as JSON")


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer from plain data, or from bytes that are JSON already."""
    body = value if isinstance(value, bytes) else encode(value)
    return Response(body, status_code=status, headers=headers, media_type="application/json")
