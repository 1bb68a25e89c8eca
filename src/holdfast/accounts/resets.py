"""The verbs of a forgotten password (SPEC 4.1)."""

import logging
from uuid import UUID

from holdfast.accounts import store_credentials
from holdfast.accounts.mail import Mailer, reset_mail
from holdfast.accounts.password_rules import check_not_own
from holdfast.accounts.passwords import PasswordHasher
from holdfast.accounts.sign_in import new_secret
from holdfast.http.auth import secret_hash
from holdfast.kernel.db import Database
from holdfast.kernel.errors import Refusal, invalid

RESET_SECONDS = 3600

log = logging.getLogger("holdfast.accounts")


async def send_reset_mail(db: Database, mailer: Mailer, *, base_url: str, email: str) -> None:
    """Mail a link that sets a new password, if there is an active account with this address.

    Runs after the answer was sent, so that neither its content nor its time tells which accounts
    exist; a failure is logged.
    """
    if not mailer.can_send:
        mailer.say_unsent()
        return
    secret = new_secret()
    try:
        address = await db.run(
            lambda connection: store_credentials.add_password_reset(
                connection,
                email=email,
                secret_hash=secret_hash(secret),
                ttl_seconds=RESET_SECONDS,
            )
        )
    except Refusal as refusal:
        log.warning("a reset mail was not sent: %s", refusal.detail)
        return
    if address is not None:
        link = f"{base_url}/reset-password?token={secret}"
        await mailer.send(reset_mail(address, link, RESET_SECONDS // 60))


async def reset_password(
    db: Database, passwords: PasswordHasher, *, token: str, password: str
) -> UUID:
    """Set a new password and end all other access; returns whose it is.

    Raises:
        Refusal: `validation_failed` for a token that is unknown, used or expired, or a password
            that is the account's address or name; `unavailable`.
    """
    hashed = secret_hash(token)
    owner = await db.run(
        lambda connection: store_credentials.password_reset_owner(connection, hashed)
    )
    if owner is None:
        raise _invalid_token()
    check_not_own(password, email=owner["email"], name=owner["name"])
    password_hash = await passwords.hash(password)
    row = await db.run(
        lambda connection: store_credentials.reset_password(
            connection, secret_hash=hashed, password_hash=password_hash
        )
    )
    if row["outcome"] != "changed":
        raise _invalid_token()
    return row["user_id"]


def _invalid_token() -> Refusal:
    return invalid("token", "this link was used already or has expired; ask for a new one")
