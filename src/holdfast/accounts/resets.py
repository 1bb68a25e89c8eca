"""The verbs of a forgotten password (SPEC 4.1)."""

import logging
from uuid import UUID

from holdfast.accounts import store_credentials
from holdfast.accounts.password_rules import check_not_own
from holdfast.accounts.passwords import PasswordHasher
from holdfast.accounts.sign_in import new_secret
from holdfast.config import Settings
from holdfast.http.auth import secret_hash
from holdfast.http.sealing import seal_of
from holdfast.kernel.db import Database
from holdfast.kernel.errors import Refusal, invalid
from holdfast.kernel.ids import new_id

RESET_SECONDS = 3600
SEAL_PURPOSE = "password resets"

log = logging.getLogger("holdfast.accounts")


class ResetMails:
    """Plans mails with links that set a new password; the secrets in them are sealed."""

    def __init__(self, settings: Settings) -> None:
        self._seal = seal_of(settings, SEAL_PURPOSE)
        # A demo's log stands for a mail server.
        self._can_send = settings.smtp_url is not None or settings.is_demo

    async def plan(self, db: Database, email: str) -> None:
        """Plan a mail to the active account with this address, if there is one.

        Runs after the answer was sent, so that neither its content nor its time tells which
        accounts exist; a failure is logged.
        """
        secret, delivery_id = new_secret(), new_id()
        sealed = self._seal.close_for(delivery_id, secret.encode()) if self._can_send else None
        try:
            outcome = await db.run(
                lambda connection: store_credentials.plan_password_reset(
                    connection,
                    email=email,
                    secret_hash=secret_hash(secret) if sealed else None,
                    ttl_seconds=RESET_SECONDS,
                    delivery_id=delivery_id,
                    sealed=sealed,
                )
            )
        except Refusal as refusal:
            log.warning("a reset mail was not planned: %s", refusal.detail)
            return
        if outcome == "not_configured":
            log.warning("a mail was not sent: no mail server is set (HOLDFAST_SMTP_URL)")


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
