"""Staff find clients and enter new ones (SPEC §2, 4.1, 4.5)."""

from uuid import UUID

from holdfast.accounts import store, store_find
from holdfast.accounts.phones import number_looked_for
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row
from holdfast.kernel.errors import Refusal, forbidden, invalid

# Of up to so many that q finds, each is looked at; of more, a walk soon comes across some.
FEW = 1000
# An administrator's list has no shortest text: staff's keeps people from paging through everybody.
SHORTEST_TEXT = 3
# A family may share a number.
EXACT = 50


async def users(
    connection: Connection,
    actor: Actor,
    *,
    role: str | None,
    q: str | None,
    region: str,
    before_id: UUID | None,
    limit: int,
) -> list[Row]:
    """Up to `limit + 1` users for an administrator, clients in scope for an operator; newest first.

    Args:
        region: whose a telephone number without a country's code is.
    Returns:
        Rows for `page_of`, key `id`.
    Raises:
        Refusal: `forbidden` when an operator asks for others than clients; `validation_failed`
            when an operator's text is too short.
    """
    text = q if q and q.strip() else None
    phone = number_looked_for(text, region) if text else None
    if actor.role != "admin":
        return await _clients(connection, actor, role, text, phone, before_id, limit + 1)
    if text is None:
        return await store.users(connection, role=role, before_id=before_id, limit=limit + 1)
    found = await store_find.found(connection, text, phone, FEW + 1)
    if len(found) <= FEW:
        return await store_find.users_among(
            connection, found, role=role, before_id=before_id, limit=limit + 1
        )
    return await store_find.users_walked(
        connection, text, phone, role=role, before_id=before_id, limit=limit + 1
    )


async def _clients(
    connection: Connection,
    actor: Actor,
    role: str | None,
    text: str | None,
    phone: str | None,
    before_id: UUID | None,
    limit: int,
) -> list[Row]:
    if role != "client":
        raise forbidden("Only an administrator may list users. Look for clients with role=client.")
    if text is None or len(text.strip()) < SHORTEST_TEXT:
        raise invalid("q", f"must have at least {SHORTEST_TEXT} characters")
    found = await store_find.found(connection, text, phone, FEW + 1)
    few = len(found) <= FEW
    if actor.provider_id is None:
        if few:
            return await store_find.clients_among(
                connection, found, before_id=before_id, limit=limit
            )
        return await store_find.clients_walked(
            connection, text, phone, before_id=before_id, limit=limit
        )
    exact_ids = await store_find.exact(connection, text, phone, EXACT)
    scope = store_find.Scope(actor.provider_id, actor.id, exact_ids)
    if few:
        return await store_find.clients_of_provider_among(
            connection, found, scope, before_id=before_id, limit=limit
        )
    return await store_find.clients_of_provider_walked(
        connection, text, phone, scope, before_id=before_id, limit=limit
    )


def check_may_enter(actor: Actor, *, role: str, has_password: bool) -> None:
    """Operators enter clients, who set their password themselves (SPEC 4.1).

    Raises:
        Refusal: `forbidden`.
    """
    if actor.role == "admin":
        return
    if role != "client":
        raise forbidden("Only an administrator may make operators and administrators.")
    if has_password:
        raise forbidden("Clients set their password themselves, by a link to their address.")


def check_complete(*, role: str, email: str | None, phone: str | None, has_password: bool) -> None:
    """Whether a new user can be reached, and can sign in where they have to.

    Raises:
        Refusal: `validation_failed`, naming what is missing.
    """
    if role != "client":
        for field, given in (("email", email), ("password", has_password)):
            if not given:
                raise invalid(field, "is needed by everyone who works here")
    if not email and has_password:
        raise invalid("email", "is needed to sign in with the password")
    if not email and not phone:
        message = "give an e-mail address or a telephone number"
        raise Refusal(
            "validation_failed",
            f"email, phone: {message}",
            details={
                "errors": [{"field": field, "message": message} for field in ("email", "phone")]
            },
        )
