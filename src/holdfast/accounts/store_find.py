"""The statements that find people, one function each."""

from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from holdfast.http.pagination import SCAN_LIMIT
from holdfast.kernel.arrays import array
from holdfast.kernel.db import Connection, Row, fetch_all
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.accounts", "queries_find.sql")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose clients an operator sees who is a provider.

    Attributes:
        actor_id: whom they entered themselves.
        exact_ids: whom they named exactly.
    """

    provider_id: UUID
    actor_id: UUID | None
    exact_ids: list[UUID]

    def parameters(self) -> dict[str, Any]:
        return {
            "provider_id": self.provider_id,
            "actor_id": self.actor_id,
            "exact_ids": array(self.exact_ids),
        }


async def found(connection: Connection, q: str, phone: str | None, limit: int) -> list[UUID]:
    """Whom q finds, in no order.

    Args:
        phone: the number that q is as a whole, in E.164.
    """
    rows = await fetch_all(connection, QUERIES.found, {"q": q, "phone": phone, "limit": limit})
    return [row["id"] for row in rows]


async def exact(connection: Connection, q: str, phone: str | None, limit: int) -> list[UUID]:
    """Active clients with this very e-mail address or number."""
    parameters = {"q": q.strip(), "phone": phone, "limit": limit}
    return [row["id"] for row in await fetch_all(connection, QUERIES.exact, parameters)]


async def users_among(
    connection: Connection,
    user_ids: list[UUID],
    *,
    role: str | None,
    before_id: UUID | None,
    limit: int,
) -> list[Row]:
    """-> rows of document (a user), id; the newest first."""
    parameters = {"user_ids": array(user_ids), "role": role}
    return await _page(connection, QUERIES.users_among, parameters, before_id, limit)


async def users_walked(
    connection: Connection,
    q: str,
    phone: str | None,
    *,
    role: str | None,
    before_id: UUID | None,
    limit: int,
) -> list[Row]:
    """The same where many are found; after SCAN_LIMIT users a last row has `scan_ended`."""
    parameters = {"q": q, "phone": phone, "role": role, "scan": SCAN_LIMIT}
    return await _page(connection, QUERIES.users_walked, parameters, before_id, limit)


async def clients_among(
    connection: Connection, user_ids: list[UUID], *, before_id: UUID | None, limit: int
) -> list[Row]:
    """-> rows of document (a client as staff see them), id; the newest first."""
    parameters = {"user_ids": array(user_ids)}
    return await _page(connection, QUERIES.clients_among, parameters, before_id, limit)


async def clients_walked(
    connection: Connection, q: str, phone: str | None, *, before_id: UUID | None, limit: int
) -> list[Row]:
    """The same where many are found; after SCAN_LIMIT users a last row has `scan_ended`."""
    parameters = {"q": q, "phone": phone, "scan": SCAN_LIMIT}
    return await _page(connection, QUERIES.clients_walked, parameters, before_id, limit)


async def clients_of_provider_among(
    connection: Connection,
    user_ids: list[UUID],
    scope: Scope,
    *,
    before_id: UUID | None,
    limit: int,
) -> list[Row]:
    """As `clients_among`, those in the scope of a provider's operator."""
    parameters = {"user_ids": array(user_ids), **scope.parameters()}
    return await _page(connection, QUERIES.clients_of_provider_among, parameters, before_id, limit)


async def clients_of_provider_walked(
    connection: Connection,
    q: str,
    phone: str | None,
    scope: Scope,
    *,
    before_id: UUID | None,
    limit: int,
) -> list[Row]:
    """The same where many are found: among the clients of the provider's latest appointments."""
    parameters = {"q": q, "phone": phone, "scan": SCAN_LIMIT, **scope.parameters()}
    return await _page(connection, QUERIES.clients_of_provider_walked, parameters, before_id, limit)


async def _page(
    connection: Connection,
    query: LiteralString,
    parameters: dict[str, Any],
    before_id: UUID | None,
    limit: int,
) -> list[Row]:
    return await fetch_all(
        connection, query, {**parameters, "before_id": before_id, "limit": limit}
    )
