"""Lists: `limit`, an opaque keyset `cursor`, and the page that answers (SPEC §4)."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic
from uuid import UUID

import orjson
from fastapi import Query
from pydantic import StringConstraints

from holdfast.http.wire import Item, WireModel, wire_time
from holdfast.kernel.errors import invalid

DEFAULT_LIMIT = 20
MAXIMUM_LIMIT = 100

Limit = Annotated[int, Query(ge=1, le=MAXIMUM_LIMIT)]
Cursor = Annotated[
    Annotated[str, StringConstraints(max_length=500)] | None,
    Query(description="`nextCursor` of the page before"),
]


class Page(WireModel, Generic[Item]):
    """One page of a list; `nextCursor` is null on the last one."""

    items: list[Item]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: after the row with this sort key and id."""

    key: datetime | str | None
    id: UUID


def encode_cursor(key: datetime | str | None, row_id: UUID) -> str:
    text = wire_time(key) if isinstance(key, datetime) else key
    raw = orjson.dumps([text, row_id.hex])
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_cursor(cursor: str | None, *, by_time: bool) -> Position | None:
    """Read a cursor back.

    Args:
        by_time: whether the list's sort key is a time.
    Raises:
        Refusal: `validation_failed` for anything that `encode_cursor` did not make.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key, row_id = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(row_id, str) or not isinstance(key, str | None):
            raise ValueError
        if by_time:
            moment = datetime.fromisoformat(key or "")
            if moment.tzinfo is None:
                raise ValueError
            return Position(moment, UUID(hex=row_id))
        if key is not None and "\x00" in key:
            raise ValueError
        return Position(key, UUID(hex=row_id))
    except (ValueError, TypeError, binascii.Error, orjson.JSONDecodeError):
        raise invalid("cursor", "is not a cursor of this list") from None


def page_of(
    rows: Sequence[Any], limit: int, *, item: str = "document", key: str | None, row_id: str = "id"
) -> dict[str, Any]:
    """A page out of `limit + 1` rows: the extra one only says that there are more.

    Args:
        item: the column that holds the item. key: the sort column (None: sorted by id alone).
    """
    shown = rows[:limit]
    cursor = None
    if len(rows) > limit:
        last = shown[-1]
        cursor = encode_cursor(last[key] if key else None, last[row_id])
    return {"items": [row[item] for row in shown], "nextCursor": cursor}
