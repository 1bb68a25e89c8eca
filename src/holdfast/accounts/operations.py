"""The verbs of users (SPEC 4.1). How they prove who they are: `sign_in.py` and `resets.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from holdfast.accounts import password_rules, store, store_credentials
from holdfast.accounts.actions import ActionLog
from holdfast.accounts.passwords import PasswordHasher
from holdfast.accounts.phones import e164
from holdfast.http.contact import clean_email
from holdfast.http.names import clean_name
from holdfast.http.preconditions import Precondition, refuse_stale
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Database, Row
from holdfast.kernel.errors import Refusal, forbidden, invalid, not_found
from holdfast.kernel.ids import new_id

OWN_FIELDS = frozenset({"name", "phone", "timezone", "preferences"})


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A user to be made; the password is hashed already.

    Attributes:
        phone: as it was typed, `phone_e164` as any network understands it.
        entered_by: which member of staff enters this client.
    """

    email: str | None
    password_hash: str | None
    role: str
    name: str
    phone: str | None = None
    phone_e164: str | None = None
    provider_id: UUID | None = None
    entered_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A user as the API shows it."""

    document: dict[str, Any]
    version: int
    updated_at: datetime


async def create_user(connection: Connection, account: NewAccount) -> Shown:
    """Make a user.

    Raises:
        Refusal: `email_taken`; `validation_failed` for a provider that cannot be linked.
    """
    row = await store.create_user(
        connection,
        user_id=new_id(),
        email=account.email,
        password_hash=account.password_hash,
        role=account.role,
        name=account.name,
        phone=account.phone,
        phone_e164=account.phone_e164,
        provider_id=account.provider_id,
        entered_by=account.entered_by,
    )
    if row["outcome"] != "created":
        raise _refused(row["outcome"])
    return _shown(row)


async def create_admin(db: Database, email: str, password: str, name: str) -> dict[str, Any]:
    """Make an administrator from the command line; returns the user as the API shows it.

    Raises:
        Refusal: `validation_failed` naming what is wrong; `email_taken` when there is such an
            account, which is then left as it is.
    """
    email = _cleaned("email", email, clean_email)
    password = _cleaned("password", password, password_rules.clean_password)
    name = _cleaned("name", name.strip(), clean_name)
    if not name.isprintable() or len(name) > 200:
        raise invalid("name", "must be a single line of 1 to 200 characters")
    password_rules.check_not_own(password, email=email, name=name)
    account = NewAccount(email, await _hashed(password), "admin", name)
    return (await db.run(lambda connection: create_user(connection, account))).document


async def reset_admin(db: Database, email: str, password: str) -> str:
    """Set a new password of an administrator from the command line, and end all other access.

    Returns the address as the account has it.

    Raises:
        Refusal: `validation_failed` naming what is wrong; `not_found` when no active administrator
            has this address.
    """
    password = _cleaned("password", password, password_rules.clean_password)
    account = await db.run(lambda connection: store_credentials.admin_by_email(connection, email))
    if account is None:
        raise _no_such_admin()
    password_rules.check_not_own(password, email=account["email"], name=account["name"])
    password_hash = await _hashed(password)
    outcome = await db.run(
        lambda connection: store_credentials.reset_admin_password(
            connection, account["id"], password_hash
        )
    )
    if outcome != "changed":
        raise _no_such_admin()
    return account["email"]


def _no_such_admin() -> Refusal:
    return Refusal("not_found", "No active administrator has this e-mail address.")


def _cleaned(field: str, value: str, clean: Callable[[str], str]) -> str:
    try:
        return clean(value)
    except ValueError as error:
        raise invalid(field, str(error)) from None


async def _hashed(password: str) -> str:
    hasher = PasswordHasher(workers=1)
    try:
        return await hasher.hash(password)
    finally:
        hasher.close()


async def user(connection: Connection, actor: Actor, user_id: UUID) -> Shown:
    """A user, for an administrator or the user.

    Raises:
        Refusal: `not_found`, also for another user's account.
    """
    check_sees(actor, user_id)
    row = await store.user(connection, user_id)
    if row is None:
        raise not_found("user")
    return _shown(row)


def check_sees(actor: Actor, user_id: UUID) -> None:
    """Others' accounts are for administrators (SPEC §2)."""
    if actor.role != "admin" and actor.id != user_id:
        raise not_found("user")


async def change_user(
    connection: Connection,
    actor: Actor,
    user_id: UUID,
    *,
    patch: dict[str, Any],
    condition: Precondition,
    version: int | None,
    wanted: dict[str, Any],
    phone_region: str,
) -> Shown:
    """Change what the patch names (columns, JSON values).

    A changed role, link or activity counts at once; deactivation ends every session and token.

    Args:
        version: the body's precondition, if any.
        wanted: the same changes as the API shows them, for the refusal of a stale one.
        phone_region: whose a telephone number without a country's code is.
    Raises:
        Refusal: `not_found`, `forbidden`, `email_taken`, `validation_failed`,
            `precondition_failed`, `version_conflict`; `invalid_transition` when no active
            administrator would be left.
    """
    check_sees(actor, user_id)
    if actor.role != "admin" and not patch.keys() <= OWN_FIELDS:
        raise forbidden("Only an administrator may change e-mail, role, provider and activity.")
    if "phone" in patch:
        patch = {**patch, "phone_e164": e164(patch["phone"], phone_region)}
    row = await store.change_user(
        connection,
        user_id,
        patch=patch,
        precondition=condition.as_parameter(version=version, required=False),
    )
    match row["outcome"]:
        case "changed" | "unchanged":
            return _shown(row)
        case "precondition_failed" | "version_conflict" as stale:
            raise refuse_stale(stale, row["document"], wanted)
        case outcome:
            raise _refused(outcome)


async def actions(
    db: Database,
    log: ActionLog,
    actor: Actor,
    user_id: UUID,
    *,
    before_id: UUID | None,
    limit: int,
) -> list[Row]:
    """Up to `limit + 1` entries of a user's log, newest first, what was noted just now included.

    Raises:
        Refusal: `not_found`, also for another user's log.
    """

    async def read(connection: Connection) -> list[Row]:
        await user(connection, actor, user_id)
        return await store.actions(connection, user_id, before_id=before_id, limit=limit + 1)

    await log.flush()
    return await db.run(read)


def _shown(row: Row) -> Shown:
    return Shown(row["document"], row["version"], row["updated_at"])


def _refused(outcome: str) -> Refusal:
    match outcome:
        case "email_taken":
            # The same for somebody whom staff have entered: their record is theirs once they
            # have proved the address, and not before.
            return Refusal(
                "email_taken",
                "There is an account with this e-mail address already. Sign in, or ask for a link "
                "to set a password: also if you have been a client here without one.",
            )
        case "email_needed":
            return invalid("role", "everyone who works here needs an e-mail address")
        case "phone_needed":
            return invalid("phone", "is needed as long as there is no e-mail address")
        case "provider_needs_operator":
            return invalid("providerId", "only an operator can be linked to a provider")
        case "provider_not_found":
            return invalid("providerId", "there is no such provider")
        case "last_admin":
            return Refusal(
                "invalid_transition", "This is the last active administrator: name another first."
            )
        case "not_found":
            return not_found("user")
        case _:
            raise AssertionError(outcome)
