"""Checking a password under the throttle (SPEC 4.1): guessing is slow, nobody locks another out.

What refuses is counted for the account and the address together. What is counted for the account
from everywhere, or for the address at all accounts, only slows down: right passwords get in.
"""

import asyncio
from dataclasses import dataclass

from holdfast.accounts import limits, store_credentials
from holdfast.accounts.passwords import PasswordHasher
from holdfast.accounts.store_credentials import Account, Standing
from holdfast.http import ratelimit
from holdfast.http.context import Context
from holdfast.http.ratelimit import Limit, headers_of, too_many

wait = asyncio.sleep


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a password was right, and the throttle's headers for the answer."""

    is_right: bool
    headers: dict[str, str]


async def check_password(
    context: Context,
    passwords: PasswordHasher,
    *,
    email: str | None,
    password: str,
    account: Account | None,
    address: str,
) -> Checked:
    """Check a password; a wrong one counts, and so does any of an unknown or inactive account.

    The throttle is asked again once the password was checked. So of many attempts at once no more
    than the limit learn whether they were right, and right ones do not get in each other's way.

    Raises:
        Refusal: `rate_limited`, also for the right password, after too many failures of this
            account from this address; `unavailable`.
    """
    before = await _standing(context, email, address)
    if before.is_slowed:
        await wait(limits.SLOWED_SECONDS)
    is_right = await passwords.matches(
        password, account.password_hash if account else None, asked_by=address
    )
    if account is None or not is_right or not account.is_active:
        after = await _standing(context, email, address, has_failed=True)
        return Checked(False, _headers(after))
    return Checked(True, _headers(await _standing(context, email, address)))


async def _standing(
    context: Context, email: str | None, address: str, *, has_failed: bool = False
) -> Standing:
    """How this account and this address stand, after counting a failure if there was one.

    Raises:
        Refusal: `rate_limited`.
    """
    if not context.settings.limits_requests:
        return NO_LIMIT
    standing = await context.db.run(
        lambda connection: store_credentials.sign_in_standing(
            connection, email or "", address, has_failed=has_failed, rules=limits.SIGN_IN_RULES
        )
    )
    if standing.is_refused:
        raise too_many(standing.reset_seconds, _headers(standing))
    return standing


NO_LIMIT = Standing(False, False, 0, 0, 0)


def _headers(standing: Standing) -> dict[str, str]:
    """Of this account from this address only: how others stand is not for the caller to know."""
    if standing is NO_LIMIT:
        return {}
    limit = Limit("signin", standing.allowed, limits.SIGN_IN_RULES["window"])
    return headers_of([ratelimit.Standing(limit, standing.hits, standing.reset_seconds)])
