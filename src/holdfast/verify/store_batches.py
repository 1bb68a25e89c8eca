"""What the API asks for: one bounded batch of one check."""

from uuid import UUID

from psycopg import sql

from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one
from holdfast.verify.checks import QUERIES, Check, Walk
from holdfast.verify.store import KeyRange, statement


async def batch_end(connection: Connection, walk: Walk, first: UUID, size: int) -> Row | None:
    """-> key (the last one of the batch), rows; None behind the last row."""
    query = sql.SQL(QUERIES.batch).format(
        key=sql.Identifier(walk.key), table=sql.Identifier(walk.table)
    )
    return await fetch_one(connection, query, {"first": first, "size": size})


async def rows(connection: Connection, check: Check, keys: KeyRange | None) -> list[Row]:
    """-> what the check's statement returns for a range of keys (None: it has no ranges)."""
    query, parameters = statement(check, keys)
    return await fetch_all(connection, query, parameters)


async def estimates(connection: Connection, tables: list[str]) -> dict[str, int]:
    """-> about how many rows each table has; 0 where nobody has counted yet."""
    found = await fetch_all(connection, QUERIES.estimates, {"tables": tables})
    return {row["table"]: row["rows"] for row in found}
