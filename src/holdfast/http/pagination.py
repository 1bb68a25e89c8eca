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


# Before and behind every id: where a page begins that follows no other.
FIRST_ID = UUID(int=0)
LAST_ID = UUID(int=(1 << 128) - 1)
# How many rows a list looks at for one page when a filter has no index. SPEC's limit bounds what
# is shown; this bounds the work when hardly anything is.
SCAN_LIMIT = 5000


class Page(WireModel, Generic[Item]):
    """One page of a list; `nextCursor` is null on the last one.

    A page may have fewer items than `limit`, even none, before the last one: what is rare is looked
    for a part of the list at a time.
    """

    items: list[Item]
    next_cursor: str | None


Key = TypeVar("Key")
Other = TypeVar("Other")
Part = datetime | str | int


@dataclass(frozen=True, slots=True)
class Position(Generic[Key]):
    """Where a page begins: after the row with this sort key and id."""

    key: Key
    id: UUID


def encode_cursor(key: Part | Sequence[Part], row_id: UUID) -> str:
    parts = key if isinstance(key, Sequence) and not isinstance(key, str) else [key]
    plain = [wire_time(part) if isinstance(part, datetime) else part for part in parts]
    raw = orjson.dumps([*plain, row_id.hex])
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def time_cursor(cursor: str | None) -> Position[datetime] | None:
    """Read the cursor of a list sorted by a time.

    Raises:
        Refusal: `validation_failed` for anything that `encode_cursor` did not make.
    """
    return _decode(cursor, lambda key: read_time(*key))


def text_cursor(cursor: str | None) -> Position[str] | None:
    """Read the cursor of a list sorted by a text; raises as `time_cursor`."""
    return _decode(cursor, lambda key: _text(*key))


def number_cursor(cursor: str | None) -> Position[int] | None:
    """Read the cursor of a list sorted by a version; raises as `time_cursor`."""
    return _decode(cursor, lambda key: _number(*key))


def count_cursor(cursor: str | None) -> Position[int] | None:
    """Read the cursor of a list sorted by a number that counts rows; raises as `time_cursor`."""
    return _decode(cursor, lambda key: _number(*key, end=2**63))


def pair_cursor(
    cursor: str | None, first: Callable[[Any], Key], second: Callable[[Any], Other]
) -> Position[tuple[Key, Other]] | None:
    """Read the cursor of a list sorted by two columns; raises as `time_cursor`.

    Args:
        first, second: read a column's value (`one_of`, `read_time`), or raise `ValueError`.
    """

    def read_pair(key: Sequence[Any]) -> tuple[Key, Other]:
        one, other = key
        return first(one), second(other)

    return _decode(cursor, read_pair)


def one_of(*values: str) -> Callable[[Any], str]:
    """Reads a column that has one of these values."""

    def read(key: Any) -> str:
        if key not in values:
            raise ValueError
        return key

    return read


def following(position: Position[datetime] | None, start: datetime) -> Position[datetime]:
    """Where a page of an ascending list begins: behind the cursor's row, never before `start`."""
    first = Position(start, FIRST_ID)
    if position is None or (position.key, position.id) < (first.key, first.id):
        return first
    return position


def _decode(cursor: str | None, read_key: Callable[[Sequence[Any]], Key]) -> Position[Key] | None:
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        *key, row_id = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return Position(read_key(key), UUID(hex=row_id))
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise invalid("cursor", "is not a cursor of this list") from None


def read_time(key: Any) -> datetime:
    """Reads a column that holds a time."""
    moment = datetime.fromisoformat(key)
    if not EARLIEST <= moment.astimezone(UTC) < LATEST or moment.tzinfo is None:
        raise ValueError
    return moment


def _text(key: Any) -> str:
    if not isinstance(key, str) or "\x00" in key:
        raise ValueError
    key.encode()
    return key


def _number(key: Any, end: int = 2**31) -> int:
    if type(key) is not int or not 0 <= key < end:
        raise ValueError
    return key


def page_of(
    rows: Sequence[Any],
    limit: int,
    *,
    item: str = "document",
    key: str | Sequence[str],
    row_id: str = "id",
) -> dict[str, Any]:
    """A page out of `limit + 1` rows: the extra one only says that there are more.

    A last row with `scan_ended` says how far was looked; its item is null unless it belongs here.

    Args:
        item: the column that holds the item.
        key: the column (or columns) that the list is sorted by (`row_id` breaks ties).
    """
    found = [row for row in rows if row[item] is not None]
    shown = found[:limit]
    last = None
    if len(found) > limit:
        last = shown[-1]
    elif rows and rows[-1].get("scan_ended"):
        last = rows[-1]
    cursor = None
    if last is not None:
        columns = last[key] if isinstance(key, str) else [last[column] for column in key]
        cursor = encode_cursor(columns, last[row_id])
    return {"items": [row[item] for row in shown], "nextCursor": cursor}


def page_of_texts(rows: Sequence[Any], limit: int, *, key: str | Sequence[str]) -> dict[str, Any]:
    """As `page_of`, for documents that are JSON text, which is sent as it is."""
    page = page_of(rows, limit, key=key)
    return {**page, "items": [orjson.Fragment(text) for text in page["items"]]}
