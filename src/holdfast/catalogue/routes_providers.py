"""`/providers` (SPEC 4.2)."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from holdfast.catalogue import operations, publishing
from holdfast.catalogue.operations import PROVIDER, Part, ProviderFilter
from holdfast.catalogue.routing import (
    CHANGE,
    CREATE,
    NOT_MODIFIED,
    READ,
    Anybody,
    changed,
    created,
    sent,
    shown,
)
from holdfast.catalogue.schemas import NewProvider, Provider, ProviderChange, Removal, Search
from holdfast.catalogue.schemas_schedule import ChangedProvider
from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyHeader, answer_once
from holdfast.http.pagination import Cursor, Limit, Page, page_of, text_cursor
from holdfast.http.preconditions import Conditional
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import json_response
from holdfast.kernel.db import Connection

# A change of these concerns the slots to come.
LAYS = {"timezone", "facilityIds", "serviceIds"}

router = api_router("/providers", "catalogue")


@router.get(
    "",
    response_model=Page[Provider],
    summary="Providers by name, facility, service or a text in the name",
    responses=problems("unauthenticated", "validation_failed", "unavailable"),
)
async def list_providers(
    actor: Anybody,
    context: InContext,
    service_id: Annotated[UUID | None, Query(alias="serviceId")] = None,
    facility_id: Annotated[UUID | None, Query(alias="facilityId")] = None,
    q: Annotated[Search | None, Query(description="Part of the name")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    part = Part(text_cursor(cursor), limit)
    wanted = ProviderFilter(service_id, facility_id, q or None)
    rows = await context.db.run(
        lambda connection: operations.providers(connection, actor, part, wanted)
    )
    return json_response(page_of(rows, limit, key="name"))


@router.get(
    "/{provider_id}",
    response_model=Provider,
    summary="One provider",
    responses={**NOT_MODIFIED, **problems(*READ)},
)
async def get_provider(
    provider_id: UUID, actor: Anybody, context: InContext, condition: Conditional
) -> Response:
    row = await context.db.run(
        lambda connection: operations.provider(connection, actor, provider_id)
    )
    return shown(condition, row)


@router.post(
    "",
    status_code=201,
    response_model=Provider,
    summary="Add a provider",
    responses=problems(*CREATE),
)
async def create_provider(
    request: Request,
    body: NewProvider,
    actor: Admin,
    context: InContext,
    idempotency_key: KeyHeader = None,
) -> Response:
    async def work(connection: Connection) -> Answer:
        return created(request, await operations.create(connection, actor, PROVIDER, sent(body)))

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)


@router.patch(
    "/{provider_id}",
    response_model=ChangedProvider,
    summary="Change a provider",
    description=(
        "Another zone, facilities or services lay out the slots to come again, as a new schedule "
        "does; `conflicts` then lists what stays."
    ),
    responses=problems(*CHANGE),
)
async def change_provider(
    provider_id: UUID,
    body: ProviderChange,
    actor: Admin,
    context: InContext,
    condition: Conditional,
) -> Response:
    wanted = sent(body, partial=True)
    row = await context.db.run(
        lambda connection: operations.change(
            connection, actor, PROVIDER, provider_id, condition, wanted
        )
    )
    laid = None
    if LAYS & wanted.keys():
        laid = await publishing.lay_out_provider(context.db, actor, provider_id)
    return changed(row, laid)


@router.delete(
    "/{provider_id}",
    status_code=204,
    summary="Remove a provider that no appointment needs",
    responses=problems(*CHANGE, "in_use"),
)
async def delete_provider(
    provider_id: UUID,
    actor: Admin,
    context: InContext,
    condition: Conditional,
    body: Removal | None = None,
) -> Response:
    version = body.version if body else None
    await context.db.run_transaction(
        lambda connection: operations.delete(
            connection, actor, PROVIDER, provider_id, condition, version
        )
    )
    return Response(status_code=204)
