"""The statements of live updates, one function each."""

from uuid import UUID

from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, fetch_all, fetch_one
from holdfast.realtime.channels import QUERIES


async def request_takeover(connection: Connection, actor: Actor, appointment_id: UUID) -> str:
    """-> asked, not_found or lock_not_found."""
    row = await fetch_one(
        connection,
        QUERIES.request_takeover,
        {"actor": actor.as_parameter(), "appointment_id": appointment_id},
    )
    assert row is not None
    return row["outcome"]


async def live_sessions(connection: Connection, secret_hashes: list[bytes]) -> set[bytes]:
    """-> those of these cookie sessions that still count."""
    rows = await fetch_all(connection, QUERIES.live_sessions, {"secret_hashes": secret_hashes})
    return {bytes(row["secret_hash"]) for row in rows}
