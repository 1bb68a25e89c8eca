"""The statements of the busy import, one function each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.kernel.arrays import array
from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.calendars.busy")
# Of one connection; of more, those that come first are taken over.
MAXIMUM_TIMES = 20_000


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a calendar.

    Attributes:
        url: of the calendar.
        times: of each object that could be read, in seconds since 1970.
        unreadable, gone: objects that are there but say nothing, and that are not there any more.
        until: up to when series were expanded.
    """

    url: str
    is_full: bool
    token: str | None
    timezone: str
    until: datetime
    times: dict[UUID, list[tuple[int, int]]]
    unreadable: Collection[UUID]
    gone: Collection[UUID]


async def claim(
    connection: Connection,
    lease: UUID,
    *,
    lease_seconds: float,
    interval_seconds: float,
    limit: int,
) -> list[Row]:
    """-> connection_id, provider_id, url, username, password_sealed, sync_token, timezone,
    former_timezone, read_at, read_until (all three None: never read), addresses, now."""
    parameters = {
        "lease": lease,
        "lease_seconds": lease_seconds,
        "interval_seconds": interval_seconds,
        "limit": limit,
    }
    return await fetch_all(connection, QUERIES.claim, parameters)


async def put(
    connection: Connection, connection_id: UUID, lease: UUID, read: Read, *, doubt_seconds: float
) -> str:
    """-> changed, unchanged, doubted or lost."""
    spans = [(key, *span) for key, spans in read.times.items() for span in spans]
    parameters: dict[str, Any] = {
        "connection_id": connection_id,
        "url": read.url,
        "lease": lease,
        "is_full": read.is_full,
        "seen": array(read.times),
        "unreadable": array(read.unreadable),
        "gone": array(read.gone),
        "objects": array(key for key, _, _ in spans),
        "starts": array(start for _, start, _ in spans),
        "ends": array(end for _, _, end in spans),
        "token": read.token,
        "timezone": read.timezone,
        "read_until": read.until,
        "limit": MAXIMUM_TIMES,
        "doubt_seconds": doubt_seconds,
    }
    row = await fetch_one(connection, QUERIES.put, parameters)
    assert row is not None
    return row["outcome"]


async def note_removed(connection: Connection, connection_id: UUID, hrefs: list[str]) -> None:
    parameters = {"connection_id": connection_id, "hrefs": hrefs}
    await connection.execute(QUERIES.note_removed, parameters)


async def give_back(connection: Connection, connection_id: UUID, lease: UUID) -> None:
    await connection.execute(QUERIES.give_back, {"connection_id": connection_id, "lease": lease})


async def apply(connection: Connection, provider_id: UUID, limit: int) -> Row:
    """-> outcome (done or more), blocked, freed."""
    row = await fetch_one(connection, QUERIES.apply, {"provider_id": provider_id, "limit": limit})
    assert row is not None
    return row


async def marked(connection: Connection, limit: int) -> list[UUID]:
    rows = await fetch_all(connection, QUERIES.marked, {"limit": limit})
    return [row["provider_id"] for row in rows]


async def put_off(connection: Connection, provider_id: UUID, seconds: float) -> None:
    await connection.execute(QUERIES.put_off, {"provider_id": provider_id, "seconds": seconds})


async def hint(connection: Connection, message_id: str, connection_id: UUID) -> bool:
    """Whether the message is new."""
    parameters = {"message_id": message_id, "connection_id": connection_id}
    row = await fetch_one(connection, QUERIES.hint, parameters)
    return row is not None and row["is_new"]


async def conflicts(
    connection: Connection,
    provider_id: UUID,
    *,
    since: datetime,
    after: tuple[datetime, UUID],
    scan: int,
    limit: int,
) -> list[Row] | None:
    """-> document, start_at, id, scan_ended; None: no such provider."""
    known = await fetch_one(connection, QUERIES.provider_known, {"provider_id": provider_id})
    if known is None:
        return None
    parameters = {
        "provider_id": provider_id,
        "from": since,
        "after_start": after[0],
        "after_id": after[1],
        "scan": scan,
        "limit": limit,
    }
    return await fetch_all(connection, QUERIES.conflicts, parameters)
