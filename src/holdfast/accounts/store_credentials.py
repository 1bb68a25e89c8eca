"""The statements about passwords and resets, one function each.

Secrets come as hashes: the database never sees them.
"""

from dataclasses import dataclass
from uuid import UUID

from psycopg.types.json import Jsonb

from holdfast.accounts.store import QUERIES
from holdfast.kernel.db import Connection, Row, fetch_one


@dataclass(frozen=True, slots=True)
class Account:
    """What a sign-in is checked against."""

    id: UUID
    password_hash: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How sign-ins of an account from an address stand.

    Attributes:
        is_slowed: whether attempts wait. allowed: failures of this account from this address.
        hits: how many there were, with `reset_seconds` to go.
    """

    is_refused: bool
    is_slowed: bool
    allowed: int
    hits: int
    reset_seconds: int


async def sign_in_standing(
    connection: Connection, email: str, address: str, *, has_failed: bool, rules: dict[str, int]
) -> Standing:
    """-> the standing, after counting a failure if there was one.

    Args:
        rules: as `sign_in_standing()` takes them.
    """
    row = await fetch_one(
        connection,
        QUERIES.sign_in_standing,
        {"email": email, "address": address, "has_failed": has_failed, "rules": Jsonb(rules)},
    )
    assert row is not None
    return Standing(**row)


async def account_key(connection: Connection, email: str) -> str:
    """-> what stands for this e-mail address and those that the database takes for the same."""
    row = await fetch_one(connection, QUERIES.account_key, {"email": email})
    assert row is not None
    return row["key"]


async def account_by_email(connection: Connection, email: str) -> Account | None:
    row = await fetch_one(connection, QUERIES.account_by_email, {"email": email})
    return Account(**row) if row else None


async def account_by_id(connection: Connection, user_id: UUID) -> Account | None:
    row = await fetch_one(connection, QUERIES.account_by_id, {"user_id": user_id})
    return Account(**row) if row else None


async def plan_password_reset(
    connection: Connection,
    *,
    email: str,
    secret_hash: bytes | None,
    ttl_seconds: int,
    delivery_id: UUID,
    sealed: bytes | None,
) -> str:
    """-> planned, not_configured (no secret was given), or not_found: no active account.

    Args:
        sealed: the secret, for who sends the mail.
    """
    row = await fetch_one(
        connection,
        QUERIES.plan_password_reset,
        {
            "email": email,
            "secret_hash": secret_hash,
            "ttl_seconds": ttl_seconds,
            "delivery_id": delivery_id,
            "sealed": sealed,
        },
    )
    assert row is not None
    return row["outcome"]


async def password_reset_owner(connection: Connection, secret_hash: bytes) -> Row | None:
    """-> email, name of whose password the secret may still set."""
    return await fetch_one(connection, QUERIES.password_reset_owner, {"secret_hash": secret_hash})


async def reset_password(connection: Connection, *, secret_hash: bytes, password_hash: str) -> Row:
    """-> outcome (changed, invalid), user_id."""
    row = await fetch_one(
        connection,
        QUERIES.reset_password,
        {"secret_hash": secret_hash, "password_hash": password_hash},
    )
    assert row is not None
    return row


async def change_password(
    connection: Connection, account: Account, *, password_hash: str, keep: UUID
) -> str:
    """-> changed or stale.

    Args:
        account: as its password was checked. keep: the sign-in that goes on.
    """
    row = await fetch_one(
        connection,
        QUERIES.change_password,
        {
            "user_id": account.id,
            "former_hash": account.password_hash,
            "password_hash": password_hash,
            "keep": keep,
        },
    )
    assert row is not None
    return row["outcome"]


async def admin_by_email(connection: Connection, email: str) -> Row | None:
    """-> id, email, name of the active administrator with this address."""
    return await fetch_one(connection, QUERIES.admin_by_email, {"email": email})


async def reset_admin_password(connection: Connection, user_id: UUID, password_hash: str) -> str:
    """-> changed or not_found."""
    row = await fetch_one(
        connection,
        QUERIES.reset_admin_password,
        {"user_id": user_id, "password_hash": password_hash},
    )
    assert row is not None
    return row["outcome"]
