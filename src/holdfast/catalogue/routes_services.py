"""`/services` (SPEC 4.2)."""

from uuid import UUID

from fastapi import Request, Response

from holdfast.catalogue import operations, publishing
from holdfast.catalogue.operations import SERVICE, Part
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
from holdfast.catalogue.schemas import NewService, Removal, Service, ServiceChange
from holdfast.catalogue.schemas_schedule import ChangedService
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
LAYS = {"durationMinutes", "bufferBeforeMinutes", "bufferAfterMinutes"}

router = api_router("/services", "catalogue")


@router.get(
    "",
    response_model=Page[Service],
    summary="All services, by title",
    responses=problems("unauthenticated", "validation_failed", "unavailable"),
)
async def list_services(
    actor: Anybody, context: InContext, limit: Limit = 20, cursor: Cursor = None
) -> Response:
    part = Part(text_cursor(cursor), limit)
    rows = await context.db.run(lambda connection: operations.services(connection, actor, part))
    return json_response(page_of(rows, limit, key="title"))


@router.get(
    "/{service_id}",
    response_model=Service,
    summary="One service",
    responses={**NOT_MODIFIED, **problems(*READ)},
)
async def get_service(
    service_id: UUID, actor: Anybody, context: InContext, condition: Conditional
) -> Response:
    row = await context.db.run(lambda connection: operations.service(connection, actor, service_id))
    return shown(condition, row)


@router.post(
    "",
    status_code=201,
    response_model=Service,
    summary="Add a service",
    responses=problems(*CREATE),
)
async def create_service(
    request: Request,
    body: NewService,
    actor: Admin,
    context: InContext,
    idempotency_key: KeyHeader = None,
) -> Response:
    async def work(connection: Connection) -> Answer:
        return created(request, await operations.create(connection, actor, SERVICE, sent(body)))

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)


@router.patch(
    "/{service_id}",
    response_model=ChangedService,
    summary="Change a service",
    description=(
        "Another length or other buffers lay out the slots to come again, as a new schedule does; "
        "`conflicts` then lists what stays."
    ),
    responses=problems(*CHANGE),
)
async def change_service(
    service_id: UUID,
    body: ServiceChange,
    actor: Admin,
    context: InContext,
    condition: Conditional,
) -> Response:
    wanted = sent(body, partial=True)
    row = await context.db.run(
        lambda connection: operations.change(
            connection, actor, SERVICE, service_id, condition, wanted
        )
    )
    laid = None
    if LAYS & wanted.keys():
        laid = await publishing.lay_out_service(context.db, actor, service_id)
    return changed(row, laid)


@router.delete(
    "/{service_id}",
    status_code=204,
    summary="Remove a service that no appointment needs",
    responses=problems(*CHANGE, "in_use"),
)
async def delete_service(
    service_id: UUID,
    actor: Admin,
    context: InContext,
    condition: Conditional,
    body: Removal | None = None,
) -> Response:
    version = body.version if body else None
    await context.db.run_transaction(
        lambda connection: operations.delete(
            connection, actor, SERVICE, service_id, condition, version
        )
    )
    return Response(status_code=204)
