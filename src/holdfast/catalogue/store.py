"""The statements of the catalogue, one function each."""

from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row, fetch_all, fetch_one
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.catalogue")

Values = dict[str, Any]


async def facilities(connection: Connection, parameters: Values) -> list[Row]:
    """-> rows of document, name, id.

    Args:
        parameters: after_key, after_id, limit.
    """
    return await fetch_all(connection, QUERIES.facilities, parameters)


async def facility(connection: Connection, facility_id: UUID) -> Row | None:
    """-> document, version, updated_at."""
    return await fetch_one(connection, QUERIES.facility, {"id": facility_id})


async def create_facility(
    connection: Connection, actor: Actor, facility_id: UUID, values: Values
) -> Row:
    """-> outcome, document, version, updated_at."""
    return await _create(connection, QUERIES.create_facility, actor, facility_id, values)


async def change_facility(
    connection: Connection, actor: Actor, facility_id: UUID, precondition: Jsonb, values: Values
) -> Row:
    """-> outcome, document, version, updated_at."""
    query = QUERIES.change_facility
    return await _change(connection, query, actor, facility_id, precondition, values)


async def delete_facility(
    connection: Connection, actor: Actor, facility_id: UUID, precondition: Jsonb
) -> Row:
    """-> outcome, document."""
    return await _delete(connection, QUERIES.delete_facility, actor, facility_id, precondition)


async def services(connection: Connection, parameters: Values) -> list[Row]:
    """-> rows of document, title, id.

    Args:
        parameters: inactive (whether to show those, too), after_key, after_id, limit.
    """
    return await fetch_all(connection, QUERIES.services, parameters)


async def service(connection: Connection, service_id: UUID, *, inactive: bool) -> Row | None:
    """-> document, version, updated_at."""
    return await fetch_one(connection, QUERIES.service, {"id": service_id, "inactive": inactive})


async def create_service(
    connection: Connection, actor: Actor, service_id: UUID, values: Values
) -> Row:
    """-> outcome, document, version, updated_at."""
    return await _create(connection, QUERIES.create_service, actor, service_id, values)


async def change_service(
    connection: Connection, actor: Actor, service_id: UUID, precondition: Jsonb, values: Values
) -> Row:
    """-> outcome, document, version, updated_at."""
    query = QUERIES.change_service
    return await _change(connection, query, actor, service_id, precondition, values)


async def delete_service(
    connection: Connection, actor: Actor, service_id: UUID, precondition: Jsonb
) -> Row:
    """-> outcome, document."""
    return await _delete(connection, QUERIES.delete_service, actor, service_id, precondition)


async def providers(connection: Connection, parameters: Values) -> list[Row]:
    """-> rows of document, name, id.

    Args:
        parameters: inactive, search, facility_id, service_id, after_key, after_id, limit.
    """
    return await fetch_all(connection, QUERIES.providers, parameters)


async def provider(connection: Connection, provider_id: UUID, *, inactive: bool) -> Row | None:
    """-> document, version, updated_at."""
    return await fetch_one(connection, QUERIES.provider, {"id": provider_id, "inactive": inactive})


async def create_provider(
    connection: Connection, actor: Actor, provider_id: UUID, values: Values
) -> Row:
    """-> outcome, document, version, updated_at, unknown ({field: ids} or None)."""
    return await _create(connection, QUERIES.create_provider, actor, provider_id, values)


async def change_provider(
    connection: Connection, actor: Actor, provider_id: UUID, precondition: Jsonb, values: Values
) -> Row:
    """-> outcome, document, version, updated_at, unknown ({field: ids} or None)."""
    query = QUERIES.change_provider
    return await _change(connection, query, actor, provider_id, precondition, values)


async def delete_provider(
    connection: Connection, actor: Actor, provider_id: UUID, precondition: Jsonb
) -> Row:
    """-> outcome, document."""
    return await _delete(connection, QUERIES.delete_provider, actor, provider_id, precondition)


async def _create(
    connection: Connection, query: LiteralString, actor: Actor, row_id: UUID, values: Values
) -> Row:
    row = await fetch_one(
        connection, query, {"actor": actor.as_parameter(), "id": row_id, "values": Jsonb(values)}
    )
    assert row is not None
    return row


async def _change(
    connection: Connection,
    query: LiteralString,
    actor: Actor,
    row_id: UUID,
    precondition: Jsonb,
    values: Values,
) -> Row:
    row = await fetch_one(
        connection,
        query,
        {
            "actor": actor.as_parameter(),
            "id": row_id,
            "precondition": precondition,
            "values": Jsonb(values),
        },
    )
    assert row is not None
    return row


async def _delete(
    connection: Connection, query: LiteralString, actor: Actor, row_id: UUID, precondition: Jsonb
) -> Row:
    await connection.execute(QUERIES.allow_long_statement)
    row = await fetch_one(
        connection,
        query,
        {"actor": actor.as_parameter(), "id": row_id, "precondition": precondition},
    )
    assert row is not None
    return row
