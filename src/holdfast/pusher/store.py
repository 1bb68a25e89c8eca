"""The statements of the Pusher bridge, one function each."""

from uuid import UUID

from holdfast.kernel.db import Connection, fetch_one
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.pusher")


async def lease(connection: Connection, sender: UUID, seconds: float) -> int | None:
    """-> the position up to which the log was sent; None while another process sends."""
    row = await fetch_one(connection, QUERIES.lease, {"sender": sender, "seconds": seconds})
    return row["position"] if row else None


async def advance(connection: Connection, sender: UUID, position: int, seconds: float) -> bool:
    """-> whether this process is still the sender."""
    parameters = {"sender": sender, "position": position, "seconds": seconds}
    return await fetch_one(connection, QUERIES.advance, parameters) is not None
