"""The statements about passwords, tokens, sessions and resets, one function each.

Secrets come as hashes: the database never sees them.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from holdfast.accounts.store import QUERIES
from holdfast.kernel.db import Connection, Row, fetch_one


@dataclass(frozen=True, slots=True)
class Account:
    """What a sign-in is checked against."""

    id: UUID
    password_hash: str
    is_active: bool


async def account_by_email(connection: Connection, email: str) -> Account | None:
    row = await fetch_one(connection, QUERIES.account_by_email, {"email": email})
    return Account(**row) if row else None


async def start_family(
    connection: Connection,
    *,
    user_id: UUID,
    password_hash: str,
    token_id: UUID,
    token_hash: bytes,
    ttl_seconds: int,
) -> dict[str, Any] | None:
    """-> the user's document; None when the password or the user's activity changed meanwhile."""
    row = await fetch_one(
        connection,
        QUERIES.start_family,
        {
            "user_id": user_id,
            "password_hash": password_hash,
            "token_id": token_id,
            "token_hash": token_hash,
            "ttl_seconds": ttl_seconds,
        },
    )
    return row["document"] if row else None


async def start_session(
    connection: Connection,
    *,
    user_id: UUID,
    password_hash: str,
    secret_hash: bytes,
    ttl_seconds: int,
) -> dict[str, Any] | None:
    """-> the user's document; None as for `start_family`."""
    row = await fetch_one(
        connection,
        QUERIES.start_session,
        {
            "user_id": user_id,
            "password_hash": password_hash,
            "secret_hash": secret_hash,
            "ttl_seconds": ttl_seconds,
        },
    )
    return row["document"] if row else None


async def end_session(connection: Connection, secret_hash: bytes) -> None:
    await connection.execute(QUERIES.end_session, {"secret_hash": secret_hash})


async def rotate_refresh_token(
    connection: Connection,
    *,
    token_hash: bytes,
    new_id: UUID,
    new_hash: bytes,
    ttl_seconds: int,
) -> Row:
    """-> outcome (rotated, reused, revoked, expired, inactive, unknown), user_id, document."""
    row = await fetch_one(
        connection,
        QUERIES.rotate_refresh_token,
        {
            "token_hash": token_hash,
            "new_id": new_id,
            "new_hash": new_hash,
            "ttl_seconds": ttl_seconds,
        },
    )
    assert row is not None
    return row


async def end_refresh_family(connection: Connection, token_hash: bytes) -> UUID | None:
    """-> whose family it was; None for an unknown token."""
    row = await fetch_one(connection, QUERIES.end_refresh_family, {"token_hash": token_hash})
    assert row is not None
    return row["user_id"]


async def add_password_reset(
    connection: Connection, *, email: str, secret_hash: bytes, ttl_seconds: int
) -> str | None:
    """-> the address as the account has it; None without an active account."""
    row = await fetch_one(
        connection,
        QUERIES.add_password_reset,
        {"email": email, "secret_hash": secret_hash, "ttl_seconds": ttl_seconds},
    )
    return row["email"] if row else None


async def password_reset_is_open(connection: Connection, secret_hash: bytes) -> bool:
    row = await fetch_one(connection, QUERIES.password_reset_is_open, {"secret_hash": secret_hash})
    assert row is not None
    return row["is_open"]


async def reset_password(connection: Connection, *, secret_hash: bytes, password_hash: str) -> Row:
    """-> outcome (changed, invalid), user_id."""
    row = await fetch_one(
        connection,
        QUERIES.reset_password,
        {"secret_hash": secret_hash, "password_hash": password_hash},
    )
    assert row is not None
    return row
