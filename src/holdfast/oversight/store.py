"""The statements of oversight, typed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.oversight")


async def search_audit(connection: Connection, parameters: dict[str, Any]) -> list[Row]:
    """-> rows of document, at, id and (without an appointment) scan_ended, the newest first.

    Args:
        parameters: appointment_id, actor_id, action, from, before_at, before_id, limit, scan (how
            many entries are looked at; then a last row has `scan_ended`, perhaps no document).
    """
    if parameters["appointment_id"] is not None:
        return await fetch_all(connection, QUERIES.search_audit_of_appointment, parameters)
    return await fetch_all(connection, QUERIES.search_audit, parameters)


async def home_timezone(connection: Connection) -> str:
    """The IANA zone in whose days statistics are counted."""
    row = await fetch_one(connection, QUERIES.home_timezone, {})
    assert row is not None
    return row["timezone"]


async def bookings_between(
    connection: Connection, start: datetime, end: datetime, ids: tuple[UUID, UUID]
) -> Row:
    """-> counts of what happened in a period, and `fees` by currency.

    Args:
        ids: the UUIDv7s at the start and at the end of the period.
    """
    row = await fetch_one(
        connection,
        QUERIES.bookings_between,
        {"from": start, "to": end, "first_id": ids[0], "end_id": ids[1]},
    )
    assert row is not None
    return row
