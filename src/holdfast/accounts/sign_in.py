"""The verbs of signing in and out (SPEC 4.1): tokens in families, cookie sessions."""

import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from holdfast.accounts import limits, store_credentials, store_sign_ins
from holdfast.accounts.device import Device
from holdfast.accounts.operations import NewAccount, create_user
from holdfast.accounts.passwords import PasswordHasher
from holdfast.accounts.store_credentials import Account
from holdfast.accounts.throttle import check_password
from holdfast.http.auth import secret_hash
from holdfast.http.context import Context
from holdfast.http.ratelimit import Standing, headers_of, too_many
from holdfast.http.tokens import ACCESS_TOKEN_SECONDS, Tokens
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Database
from holdfast.kernel.errors import Refusal
from holdfast.kernel.ids import new_id

REFRESH_TOKEN_SECONDS = 30 * 24 * 3600
SESSION_SECONDS = 30 * 24 * 3600
# Two tabs that refresh at once, or an answer that was lost, are no theft.
REPEAT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Proven:
    """An account whose password was right, and the throttle's headers for the answer."""

    account: Account
    headers: dict[str, str]


def new_secret() -> str:
    """256 random bits in 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


async def find_account(db: Database, email: str) -> Account | None:
    """The account that a sign-in is about, whether or not it is active."""
    return await db.run(lambda connection: store_credentials.account_by_email(connection, email))


async def prove(
    context: Context,
    passwords: PasswordHasher,
    *,
    email: str,
    password: str,
    account: Account | None,
    address: str,
) -> Proven:
    """Check credentials under the throttle.

    Raises:
        Refusal: `unauthenticated`, the same for a wrong password, an unknown and an inactive
            account; `rate_limited`, `unavailable` as `check_password`.
    """
    checked = await check_password(
        context, passwords, email=email, password=password, account=account, address=address
    )
    if account is None or not checked.is_right:
        raise _bad_credentials(checked.headers)
    return Proven(account, checked.headers)


def _bad_credentials(headers: dict[str, str] | None = None) -> Refusal:
    return Refusal("unauthenticated", "E-mail address or password are not right.", headers=headers)


async def sign_up(
    connection: Connection, tokens: Tokens, account: NewAccount, device: Device
) -> dict[str, Any]:
    """Make a user and sign it in; returns the answer of SPEC 4.1.

    Raises:
        Refusal: `email_taken`.
    """
    assert account.password_hash is not None
    shown = await create_user(connection, account)
    user_id = UUID(shown.document["id"])
    return await start_tokens(connection, tokens, user_id, account.password_hash, device)


async def start_tokens(
    connection: Connection,
    tokens: Tokens,
    user_id: UUID,
    password_hash: str | None,
    device: Device,
) -> dict[str, Any]:
    """Begin a family of refresh tokens; returns the answer of SPEC 4.1.

    Raises:
        Refusal: `unauthenticated` when password or activity changed since they were checked.
    """
    secret, sign_in_id = new_secret(), new_id()
    document = await store_sign_ins.start_sign_in(
        connection,
        sign_in_id=sign_in_id,
        user_id=user_id,
        password_hash=password_hash,
        token_hash=secret_hash(secret),
        device=device,
        ttl_seconds=REFRESH_TOKEN_SECONDS,
        limit=limits.SIGN_INS_OF_USER,
    )
    if document is None:
        raise _bad_credentials()
    return _signed_in(tokens, document, secret, sign_in_id)


async def start_session(
    connection: Connection, account: Account, device: Device, *, former: str | None
) -> tuple[dict[str, Any], str]:
    """Begin a cookie session; returns the user as the API shows it and the cookie's secret.

    Args:
        former: the secret of the cookie that the browser had, whose sign-in ends.
    Raises:
        Refusal: as `start_tokens`.
    """
    secret = new_secret()
    document = await store_sign_ins.start_sign_in(
        connection,
        sign_in_id=new_id(),
        user_id=account.id,
        password_hash=account.password_hash,
        secret_hash=secret_hash(secret),
        former_hash=_hash_of(former),
        device=device,
        ttl_seconds=SESSION_SECONDS,
        limit=limits.SIGN_INS_OF_USER,
    )
    if document is None:
        raise _bad_credentials()
    return document, secret


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of a refresh token: an answer, or none; and whose it was, if anybody's.

    Attributes:
        sign_in_id: the one that it belongs to. is_ended: whether it ended by this.
    """

    answer: dict[str, Any] | None
    user_id: UUID | None
    sign_in_id: UUID | None
    is_ended: bool = False
    headers: dict[str, str] = field(default_factory=dict)


async def refresh(
    db: Database, tokens: Tokens, refresh_token: str, device: Device, *, is_limited: bool = True
) -> Refreshed:
    """Exchange a refresh token for the next one.

    A second exchange within `REPEAT_SECONDS` has the same answer; a later one ends the sign-in.
    That is committed, so it is a result here, not a refusal.

    Raises:
        Refusal: `rate_limited` for a sign-in that refreshes all the time; its token stays valid.
    """
    secret = tokens.next_refresh_token(refresh_token)
    row = await db.run(
        lambda connection: store_sign_ins.rotate_refresh_token(
            connection,
            token_hash=secret_hash(refresh_token),
            new_id=new_id(),
            new_hash=secret_hash(secret),
            ttl_seconds=REFRESH_TOKEN_SECONDS,
            grace_seconds=REPEAT_SECONDS,
            limit=limits.REFRESHES.hits if is_limited else None,
            device=device,
        )
    )
    headers: dict[str, str] = {}
    if row["hits"] is not None:
        headers = headers_of([Standing(limits.REFRESHES, row["hits"], row["reset_seconds"])])
    if row["outcome"] == "too_many":
        raise too_many(row["reset_seconds"], headers)
    if row["outcome"] not in ("rotated", "repeated"):
        is_ended = row["outcome"] == "reused"
        return Refreshed(None, row["user_id"], row["sign_in_id"], is_ended)
    answer = _signed_in(tokens, row["document"], secret, row["sign_in_id"])
    return Refreshed(answer, row["user_id"], row["sign_in_id"], headers=headers)


@dataclass(frozen=True, slots=True)
class Ended:
    """A sign-in that has ended, and whose it was."""

    sign_in_id: UUID
    user_id: UUID


async def sign_out(
    connection: Connection,
    *,
    session: str | None,
    refresh_token: str | None,
    sign_in_id: UUID | None,
) -> list[Ended]:
    """End the sign-ins behind a cookie, a refresh token and an access token, each if given and not
    ended yet."""
    rows = await store_sign_ins.sign_out(
        connection,
        secret_hash=_hash_of(session),
        token_hash=_hash_of(refresh_token),
        sign_in_id=sign_in_id,
    )
    return [Ended(row["sign_in_id"], row["user_id"]) for row in rows]


def _hash_of(secret: str | None) -> bytes | None:
    return secret_hash(secret) if secret is not None else None


def _signed_in(
    tokens: Tokens, document: dict[str, Any], refresh_token: str, sign_in_id: UUID
) -> dict[str, Any]:
    actor = Actor(
        id=UUID(document["id"]),
        role=document["role"],
        name=document["name"],
        email=document["email"],
    )
    return {
        "user": document,
        "accessToken": tokens.access_token(actor, sign_in_id),
        "refreshToken": refresh_token,
        "expiresIn": ACCESS_TOKEN_SECONDS,
    }
