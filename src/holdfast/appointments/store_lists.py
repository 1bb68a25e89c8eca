"""The statements of staff's lists, one function each shape."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from holdfast.http.pagination import SCAN_LIMIT, Position
from holdfast.kernel.db import Connection, Row, fetch_all
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.appointments", "queries_lists.sql")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which appointments are wanted; None: whichever.

    Attributes:
        start, end: the period that they overlap; its end is not part of it.
        q: by what the client is looked for; `phone`: the number that it is, in E.164.
    """

    start: datetime
    end: datetime
    provider_id: UUID | None = None
    status: str | None = None
    q: str | None = None
    phone: str | None = None


async def by_start(
    connection: Connection, wanted: Filter, after: Position[datetime], limit: int
) -> list[Row]:
    """-> rows of document (as text), start_at, id; whatever the client."""
    query: LiteralString
    match wanted.provider_id, wanted.status:
        case None, None:
            query = QUERIES.by_start
        case None, _:
            query = QUERIES.by_start_with_status
        case _, None:
            query = QUERIES.by_start_of_provider
        case _:
            query = QUERIES.by_start_of_provider_with_status
    return await fetch_all(connection, query, _by_start(wanted, after, limit))


async def inbox(
    connection: Connection, wanted: Filter, after: Position[tuple[str, datetime]], limit: int
) -> list[Row]:
    """-> rows of document (as text), priority, created_at, id; whatever status the filter has."""
    priority, created_at = after.key
    parameters = {
        "provider_id": wanted.provider_id,
        "from": wanted.start,
        "to": wanted.end,
        "q": wanted.q,
        "phone": wanted.phone,
        "priority": priority,
        "created": created_at,
        "id": after.id,
        "limit": limit,
    }
    query = QUERIES.inbox if wanted.provider_id is None else QUERIES.inbox_of_provider
    return await fetch_all(connection, query, parameters)


async def of_clients(
    connection: Connection,
    user_ids: list[UUID],
    wanted: Filter,
    after: Position[datetime],
    limit: int,
) -> list[Row]:
    """-> rows of document (as text), start_at, id; what the filter looks for does not count."""
    parameters = _by_start(wanted, after, limit) | {"user_ids": user_ids}
    return await fetch_all(connection, QUERIES.of_clients, parameters)


async def of_many_clients(
    connection: Connection, wanted: Filter, after: Position[datetime], limit: int
) -> list[Row]:
    """-> rows of document (as text), start_at, id, scan_ended; after SCAN_LIMIT appointments a last
    row has `scan_ended`, perhaps no document."""
    searched = {"q": wanted.q, "phone": wanted.phone, "scan": SCAN_LIMIT}
    parameters = _by_start(wanted, after, limit) | searched
    query = (
        QUERIES.of_many_clients
        if wanted.provider_id is None
        else QUERIES.of_many_clients_of_provider
    )
    return await fetch_all(connection, query, parameters)


def _by_start(wanted: Filter, after: Position[datetime], limit: int) -> dict[str, Any]:
    return {
        "provider_id": wanted.provider_id,
        "status": wanted.status,
        "from": wanted.start,
        "to": wanted.end,
        "start": after.key,
        "id": after.id,
        "limit": limit,
    }
