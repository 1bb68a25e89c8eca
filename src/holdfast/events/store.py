"""The statements of the event log, one function each."""

from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.events")


async def relay(connection: Connection, *, limit: int, flush_milliseconds: int) -> int | None:
    """-> how many outbox rows were relayed; None when another process is at it."""
    row = await fetch_one(
        connection, QUERIES.relay, {"limit": limit, "flush_milliseconds": flush_milliseconds}
    )
    assert row is not None
    return row["relayed"]


async def last_event_id(connection: Connection) -> int:
    row = await fetch_one(connection, QUERIES.last_event_id)
    assert row is not None
    return row["id"]


async def events_after(connection: Connection, after_id: int, limit: int) -> list[Row]:
    """-> rows of id, channel, sequence, type, data (the event's JSON text)."""
    return await fetch_all(connection, QUERIES.events_after, {"after_id": after_id, "limit": limit})


async def missed_events(connection: Connection, channel: str, after: int, limit: int) -> list[Row]:
    """-> rows of channel, sequence, type, data (the event's JSON text)."""
    return await fetch_all(
        connection, QUERIES.missed_events, {"channel": channel, "after": after, "limit": limit}
    )
