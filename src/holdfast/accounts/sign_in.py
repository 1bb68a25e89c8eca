"""The verbs of signing in and out (SPEC 4.1): tokens in families, cookie sessions, the throttle."""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from holdfast.accounts import limits, store_credentials
from holdfast.accounts.operations import NewAccount, create_user
from holdfast.accounts.passwords import PasswordHasher
from holdfast.accounts.store_credentials import Account
from holdfast.http.auth import secret_hash
from holdfast.http.context import Context
from holdfast.http.ratelimit import Counted, check_each, count_each
from holdfast.http.tokens import ACCESS_TOKEN_SECONDS, Tokens
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Database
from holdfast.kernel.errors import Refusal
from holdfast.kernel.ids import new_id

REFRESH_TOKEN_SECONDS = 30 * 24 * 3600
SESSION_SECONDS = 30 * 24 * 3600


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
    """Check a password under the throttle: failures count against the account and the address.

    The throttle is asked again once the password was checked. So of many attempts at once no more
    than the limit learn whether they were right, and right ones do not get in each other's way.

    Raises:
        Refusal: `unauthenticated`, the same for a wrong password, an unknown and an inactive
            account; `rate_limited`, even for the right password; `unavailable`.
    """
    counted = [
        Counted(limits.FAILED_SIGN_INS_OF_ACCOUNT, limits.account_key(email)),
        Counted(limits.FAILED_SIGN_INS_FROM_ADDRESS, address),
    ]
    await check_each(context, counted)
    right = await passwords.matches(password, account.password_hash if account else None)
    if account is None or not right or not account.is_active:
        raise _bad_credentials(await count_each(context, counted))
    return Proven(account, await check_each(context, counted))


def _bad_credentials(headers: dict[str, str] | None = None) -> Refusal:
    return Refusal("unauthenticated", "E-mail address or password are not right.", headers=headers)


async def sign_up(connection: Connection, tokens: Tokens, account: NewAccount) -> dict[str, Any]:
    """Make a user and sign it in; returns the answer of SPEC 4.1.

    Raises:
        Refusal: `email_taken`.
    """
    assert account.password_hash is not None
    shown = await create_user(connection, account)
    user_id = UUID(shown.document["id"])
    return await start_tokens(connection, tokens, user_id, account.password_hash)


async def start_tokens(
    connection: Connection, tokens: Tokens, user_id: UUID, password_hash: str
) -> dict[str, Any]:
    """Begin a family of refresh tokens; returns the answer of SPEC 4.1.

    Raises:
        Refusal: `unauthenticated` when password or activity changed since they were checked.
    """
    secret = new_secret()
    document = await store_credentials.start_family(
        connection,
        user_id=user_id,
        password_hash=password_hash,
        token_id=new_id(),
        token_hash=secret_hash(secret),
        ttl_seconds=REFRESH_TOKEN_SECONDS,
    )
    if document is None:
        raise _bad_credentials()
    return _signed_in(tokens, document, secret)


async def start_session(connection: Connection, account: Account) -> tuple[dict[str, Any], str]:
    """Begin a cookie session; returns the user as the API shows it and the cookie's secret.

    Raises:
        Refusal: as `start_tokens`.
    """
    secret = new_secret()
    document = await store_credentials.start_session(
        connection,
        user_id=account.id,
        password_hash=account.password_hash,
        secret_hash=secret_hash(secret),
        ttl_seconds=SESSION_SECONDS,
    )
    if document is None:
        raise _bad_credentials()
    return document, secret


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of a refresh token: an answer, or none; and whose it was, if anybody's."""

    answer: dict[str, Any] | None
    user_id: UUID | None


async def refresh(db: Database, tokens: Tokens, refresh_token: str) -> Refreshed:
    """Exchange a refresh token for the next one; a second use of one ends its family.

    The end of a family is committed, so it is a result here, not a refusal.
    """
    secret = new_secret()
    row = await db.run(
        lambda connection: store_credentials.rotate_refresh_token(
            connection,
            token_hash=secret_hash(refresh_token),
            new_id=new_id(),
            new_hash=secret_hash(secret),
            ttl_seconds=REFRESH_TOKEN_SECONDS,
        )
    )
    if row["outcome"] != "rotated":
        return Refreshed(None, row["user_id"])
    return Refreshed(_signed_in(tokens, row["document"], secret), row["user_id"])


async def sign_out(
    connection: Connection, *, session: str | None, refresh_token: str | None
) -> UUID | None:
    """End a cookie session and a family of refresh tokens, each if given and still there.

    Returns whose family it was.
    """
    if session is not None:
        await store_credentials.end_session(connection, secret_hash(session))
    if refresh_token is None:
        return None
    return await store_credentials.end_refresh_family(connection, secret_hash(refresh_token))


def _signed_in(tokens: Tokens, document: dict[str, Any], refresh_token: str) -> dict[str, Any]:
    actor = Actor(
        id=UUID(document["id"]),
        role=document["role"],
        name=document["name"],
        email=document["email"],
    )
    return {
        "user": document,
        "accessToken": tokens.access_token(actor),
        "refreshToken": refresh_token,
        "expiresIn": ACCESS_TOKEN_SECONDS,
    }
