"""The statements about sign-ins and refresh tokens, one function each.

Secrets come as hashes: the database never sees them.
"""

from typing import Any
from uuid import UUID

from holdfast.accounts.device import Device
from holdfast.accounts.store import QUERIES
from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one


async def start_sign_in(
    connection: Connection,
    *,
    sign_in_id: UUID,
    user_id: UUID,
    password_hash: str | None,
    device: Device,
    ttl_seconds: int,
    limit: int,
    secret_hash: bytes | None = None,
    token_hash: bytes | None = None,
    former_hash: bytes | None = None,
) -> dict[str, Any] | None:
    """-> the user's document; None when the password or the user's activity changed meanwhile.

    Args:
        limit: how many sign-ins of the user go on at most.
        secret_hash: of the cookie. token_hash: of the first refresh token.
        former_hash: of the cookie whose sign-in this one replaces.
    """
    row = await fetch_one(
        connection,
        QUERIES.start_sign_in,
        {
            "sign_in_id": sign_in_id,
            "user_id": user_id,
            "password_hash": password_hash,
            "secret_hash": secret_hash,
            "token_hash": token_hash,
            "former_hash": former_hash,
            "ttl_seconds": ttl_seconds,
            "address": device.address,
            "user_agent": device.user_agent,
            "limit": limit,
        },
    )
    assert row is not None
    return row["document"]


async def rotate_refresh_token(
    connection: Connection,
    *,
    token_hash: bytes,
    new_id: UUID,
    new_hash: bytes,
    ttl_seconds: int,
    grace_seconds: int,
    limit: int | None,
    device: Device,
) -> Row:
    """-> outcome (rotated, repeated, reused, ended, expired, inactive, unknown, too_many), user_id,
    sign_in_id, document; hits, reset_seconds (None where nothing was counted).

    Args:
        limit: how many successors a sign-in gets within an hour.
    """
    row = await fetch_one(
        connection,
        QUERIES.rotate_refresh_token,
        {
            "token_hash": token_hash,
            "new_id": new_id,
            "new_hash": new_hash,
            "ttl_seconds": ttl_seconds,
            "grace_seconds": grace_seconds,
            "limit": limit,
            "address": device.address,
            "user_agent": device.user_agent,
        },
    )
    assert row is not None
    return row


async def sign_out(
    connection: Connection,
    *,
    secret_hash: bytes | None,
    token_hash: bytes | None,
    sign_in_id: UUID | None,
) -> list[Row]:
    """-> rows of sign_in_id, user_id: what has ended by this."""
    return await fetch_all(
        connection,
        QUERIES.sign_out,
        {"secret_hash": secret_hash, "token_hash": token_hash, "sign_in_id": sign_in_id},
    )


async def end_own_sign_in(connection: Connection, user_id: UUID, sign_in_id: UUID) -> str:
    """-> ended or not_found."""
    row = await fetch_one(
        connection, QUERIES.end_own_sign_in, {"user_id": user_id, "sign_in_id": sign_in_id}
    )
    assert row is not None
    return row["outcome"]


async def end_other_sign_ins(connection: Connection, user_id: UUID, keep: UUID) -> None:
    await connection.execute(QUERIES.end_other_sign_ins, {"user_id": user_id, "keep": keep})


async def sign_ins(
    connection: Connection,
    user_id: UUID,
    *,
    current: UUID | None,
    before_id: UUID | None,
    limit: int,
) -> list[Row]:
    """-> rows of document, id; the newest first."""
    return await fetch_all(
        connection,
        QUERIES.sign_ins,
        {"user_id": user_id, "current": current, "before_id": before_id, "limit": limit},
    )


async def sign_in(
    connection: Connection, user_id: UUID, sign_in_id: UUID, *, current: UUID | None
) -> dict[str, Any] | None:
    """-> the document; None for another's, an unknown or an ended one."""
    row = await fetch_one(
        connection,
        QUERIES.sign_in,
        {"user_id": user_id, "sign_in_id": sign_in_id, "current": current},
    )
    return row["document"] if row else None
