"""The statements of live updates, one function each."""

from dataclasses import dataclass
from uuid import UUID

from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one
from holdfast.kernel.sql import Queries
from holdfast.realtime.channels import Channel

QUERIES = Queries("holdfast.realtime")


@dataclass(frozen=True, slots=True)
class UserNow:
    """How a user stands whose access was changed lately."""

    id: UUID
    is_active: bool
    role: str
    provider_id: UUID | None


async def request_takeover(connection: Connection, actor: Actor, appointment_id: UUID) -> str:
    """-> asked, not_found or lock_not_found."""
    row = await fetch_one(
        connection,
        QUERIES.request_takeover,
        {"actor": actor.as_parameter(), "appointment_id": appointment_id},
    )
    assert row is not None
    return row["outcome"]


async def ended_sign_ins(connection: Connection, within_seconds: float) -> set[UUID]:
    """-> sign-ins that ended within so many seconds."""
    rows = await fetch_all(connection, QUERIES.ended_sign_ins, {"within_seconds": within_seconds})
    return {row["id"] for row in rows}


async def changed_users(connection: Connection, within_seconds: float) -> list[UserNow]:
    """-> users whose access was changed within so many seconds."""
    rows = await fetch_all(connection, QUERIES.changed_users, {"within_seconds": within_seconds})
    return [UserNow(row["id"], row["is_active"], row["role"], row["provider_id"]) for row in rows]


async def open_channel(connection: Connection, actor: Actor, channel: Channel) -> Row:
    """-> may_listen; sequence (0: nothing yet); oldest (None: the log has none of it)."""
    row = await fetch_one(
        connection,
        QUERIES.open_channel,
        {
            "actor": actor.as_parameter(),
            "kind": channel.kind,
            "id": channel.id,
            "name": channel.name,
        },
    )
    assert row is not None
    return row


async def may_listen(connection: Connection, actor: Actor, channel: Channel) -> bool:
    """-> whether this user may listen to this channel now."""
    return (await open_channel(connection, actor, channel))["may_listen"]
