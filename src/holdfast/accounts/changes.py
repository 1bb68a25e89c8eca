"""The verb of changing a password that one knows (SPEC 4.1)."""

from uuid import UUID

from holdfast.accounts import store_credentials
from holdfast.accounts.password_rules import check_not_own
from holdfast.accounts.passwords import PasswordHasher
from holdfast.accounts.throttle import check_password
from holdfast.http.context import Context
from holdfast.kernel.actor import Actor
from holdfast.kernel.errors import Refusal, invalid


async def change_password(
    context: Context,
    passwords: PasswordHasher,
    actor: Actor,
    *,
    current: str,
    new: str,
    keep: UUID,
    address: str,
) -> dict[str, str]:
    """Set a new password and end all other access; returns the throttle's headers.

    Args:
        keep: the sign-in that asks and goes on.
    Raises:
        Refusal: `validation_failed` for a wrong current password, `rate_limited` after too many;
            `unauthenticated` when the account is not active any more; `unavailable`.
    """
    assert actor.id is not None
    user_id = actor.id
    account = await context.db.run(
        lambda connection: store_credentials.account_by_id(connection, user_id)
    )
    if account is None or not account.is_active:
        raise Refusal("unauthenticated", "This account is not active.")
    checked = await check_password(
        context,
        passwords,
        email=actor.email,
        password=current,
        account=account,
        address=address,
    )
    if not checked.is_right:
        raise _wrong(checked.headers)
    check_not_own(new, email=actor.email, name=actor.name, field="new")
    password_hash = await passwords.hash(new)
    outcome = await context.db.run(
        lambda connection: store_credentials.change_password(
            connection, account, password_hash=password_hash, keep=keep
        )
    )
    if outcome != "changed":
        raise _wrong(checked.headers)
    return checked.headers


def _wrong(headers: dict[str, str]) -> Refusal:
    refusal = invalid("current", "is not the password of this account")
    refusal.headers.update(headers)
    return refusal
