"""Lists: `limit`, an opaque keyset `cursor`, and the page that answers (SPEC §4)."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
from fastapi import Query
from pydantic import StringConstraints

from holdfast.http.wire import EARLIEST, LATEST, Item, WireModel, wire_time
from holdfast.kernel.errors import invalid

DEFAULT_LIMIT = 20
MAXIMUM_LIMIT = 100

Limit = Annotated[int, Query(ge=1, le=MAXIMUM_LIMIT)]
Cursor = Annotated[
    Annotated[str, StringConstraints(max_length=2000)] | None,
    Query(description="`nextCursor` of the page before"),
]


class Page(WireModel, Generic[Item]):
    """One page of a list; `nextCursor` is null on the last one."""

    items: list[Item]
    next_cursor: str | None


Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Position(Generic[Key]):
    """Where a page begins: after the row with this sort key and id."""

    key: Key
    id: UUID


def encode_cursor(key: datetime | str | int, row_id: UUID) -> str:
    raw = orjson.dumps([wire_time(key) if isinstance(key, datetime) else key, row_id.hex])
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def time_cursor(cursor: str | None) -> Position[datetime] | None:
    """Read the cursor of a list sorted by a time.

    Raises:
        Refusal: `validation_failed` for anything that `encode_cursor` did not make.
    """
    return _decode(cursor, _time)


def text_cursor(cursor: str | None) -> Position[str] | None:
    """Read the cursor of a list sorted by a text; raises as `time_cursor`."""
    return _decode(cursor, _text)


def number_cursor(cursor: str | None) -> Position[int] | None:
    """Read the cursor of a list sorted by a version; raises as `time_cursor`."""
    return _decode(cursor, _number)


def _decode(cursor: str | None, read_key: Callable[[Any], Key]) -> Position[Key] | None:
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key, row_id = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return Position(read_key(key), UUID(hex=row_id))
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise invalid("cursor", "is not a cursor of this list") from None


def _time(key: Any) -> datetime:
    moment = datetime.fromisoformat(key)
    if not EARLIEST <= moment.astimezone(UTC) < LATEST or moment.tzinfo is None:
        raise ValueError
    return moment


def _text(key: Any) -> str:
    if not isinstance(key, str) or "\x00" in key:
        raise ValueError
    key.encode()
    return key


def _number(key: Any) -> int:
    if not isinstance(key, int) or not 0 <= key < 2**31:
        raise ValueError
    return key


def page_of(
    rows: Sequence[Any], limit: int, *, item: str = "document", key: str, row_id: str = "id"
) -> dict[str, Any]:
    """A page out of `limit + 1` rows: the extra one only says that there are more.

    Args:
        item: the column that holds the item.
        key: the column that the list is sorted by (`row_id` breaks ties).
    """
    shown = rows[:limit]
    cursor = None
    if len(rows) > limit:
        last = shown[-1]
        cursor = encode_cursor(last[key], last[row_id])
    return {"items": [row[item] for row in shown], "nextCursor": cursor}
