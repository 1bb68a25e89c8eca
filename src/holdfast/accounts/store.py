"""The statements about users and their action log, one function each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.accounts")


@dataclass(frozen=True, slots=True)
class Action:
    """An entry of the user-action log: what a user tried, and what was answered.

    Attributes:
        user_id: in whose log it stands.
        status: the HTTP status; `scenario` is the problem's code, when refused.
    """

    id: UUID
    user_id: UUID
    at: datetime
    action: str
    target: str
    status: int
    scenario: str | None
    request_id: str | None
    address: str | None
    user_agent: str | None


async def create_user(
    connection: Connection,
    *,
    user_id: UUID,
    email: str | None,
    password_hash: str | None,
    role: str,
    name: str,
    phone: str | None,
    phone_e164: str | None,
    provider_id: UUID | None,
    entered_by: UUID | None,
) -> Row:
    """-> outcome (created, email_taken, provider_needs_operator, provider_not_found), document,
    version, updated_at."""
    row = await fetch_one(
        connection,
        QUERIES.create_user,
        {
            "user_id": user_id,
            "email": email,
            "password_hash": password_hash,
            "role": role,
            "name": name,
            "phone": phone,
            "phone_e164": phone_e164,
            "provider_id": provider_id,
            "entered_by": entered_by,
        },
    )
    assert row is not None
    return row


async def change_user(
    connection: Connection, user_id: UUID, *, patch: dict[str, Any], precondition: Jsonb
) -> Row:
    """-> outcome (see functions.sql), document, version, updated_at.

    Args:
        patch: columns and their new values, as JSON values.
    """
    row = await fetch_one(
        connection,
        QUERIES.change_user,
        {"user_id": user_id, "patch": Jsonb(patch), "precondition": precondition},
    )
    assert row is not None
    return row


async def user(connection: Connection, user_id: UUID) -> Row | None:
    """-> document, version, updated_at; None for an unknown id."""
    return await fetch_one(connection, QUERIES.user, {"user_id": user_id})


async def users(
    connection: Connection,
    *,
    role: str | None,
    before_id: UUID | None,
    limit: int,
) -> list[Row]:
    """-> rows of document, id; the newest user first."""
    return await fetch_all(
        connection,
        QUERIES.users,
        {"role": role, "before_id": before_id, "limit": limit},
    )


async def add_actions(connection: Connection, actions: Sequence[Action]) -> None:
    """Write a batch; entries that are there already stay as they are."""
    rows = [
        {
            "id": str(action.id),
            "user_id": str(action.user_id),
            "at": action.at.isoformat(),
            "action": action.action,
            "target": action.target,
            "status": action.status,
            "scenario": action.scenario,
            "request_id": action.request_id,
            "address": action.address,
            "user_agent": action.user_agent,
        }
        for action in actions
    ]
    await connection.execute(QUERIES.add_actions, {"actions": Jsonb(rows)})


async def actions(
    connection: Connection, user_id: UUID, *, before_id: UUID | None, limit: int
) -> list[Row]:
    """-> rows of document, id; the newest first."""
    return await fetch_all(
        connection, QUERIES.actions, {"user_id": user_id, "before_id": before_id, "limit": limit}
    )
