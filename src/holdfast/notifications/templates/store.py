"""The statements of message templates, one function each."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.notifications.templates")


async def in_force(
    connection: Connection, purpose: str, channel: str, locale: str, facility_id: UUID | None
) -> Row | None:
    """-> subject, text, html, locale, facility_id, version of the house's; None: built in."""
    return await fetch_one(
        connection,
        QUERIES.in_force,
        {
            "purpose": purpose,
            "channel": channel,
            "locale": locale,
            "language": locale.partition("-")[0],
            "facility_id": facility_id,
        },
    )


async def exact(connection: Connection, key: dict[str, Any]) -> Row:
    """-> subject, text, html, version, updated_at (or None), is_known (the facility).

    Args:
        key: purpose, channel, locale, facility_id.
    """
    row = await fetch_one(connection, QUERIES.exact, key)
    assert row is not None
    return row


async def all_templates(connection: Connection) -> list[Row]:
    """-> purpose, channel, locale, facility_id, version, updated_at of each."""
    return await fetch_all(connection, QUERIES.all_templates, {})


async def put(
    connection: Connection, key: dict[str, Any], precondition: Jsonb, values: dict[str, Any]
) -> Row:
    """-> outcome, subject, text, html, version, updated_at.

    Args:
        values: subject, text, html; limit.
    """
    row = await fetch_one(connection, QUERIES.put, {**key, "precondition": precondition, **values})
    assert row is not None
    return row


async def delete(connection: Connection, key: dict[str, Any], precondition: Jsonb) -> Row:
    """-> outcome, subject, text, html, version, updated_at as it was."""
    row = await fetch_one(connection, QUERIES.delete, {**key, "precondition": precondition})
    assert row is not None
    return row
