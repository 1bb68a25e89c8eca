"""`GET /webhook-endpoints`, `GET /webhook-endpoints/{id}`, `GET /event-types`."""

from uuid import UUID

import orjson
from fastapi import Response

from holdfast.channels.webhooks.catalogue import EVENT_TYPES
from holdfast.channels.webhooks.model import Endpoint, EventTypes
from holdfast.channels.webhooks.routing import READ, router
from holdfast.channels.webhooks.store import QUERIES, refused
from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.pagination import Cursor, Limit, Page, page_of, time_cursor
from holdfast.http.preconditions import Conditional, conditional_response, shown_headers
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import json_response
from holdfast.kernel.db import fetch_all, fetch_one

types_router = api_router("/event-types", "webhooks")


@router.get(
    "",
    response_model=Page[Endpoint],
    summary="All webhook endpoints, the oldest first",
    responses=problems("unauthenticated", "forbidden", "validation_failed", "unavailable"),
)
async def list_webhook_endpoints(
    _: Admin, context: InContext, limit: Limit = 20, cursor: Cursor = None
) -> Response:
    after = time_cursor(cursor)
    parameters = {
        "after_key": after.key if after else None,
        "after_id": after.id if after else None,
        "limit": limit + 1,
    }
    rows = await context.db.run(lambda c: fetch_all(c, QUERIES.endpoints, parameters))
    return json_response(page_of(rows, limit, key="created_at"))


@types_router.get(
    "",
    response_model=EventTypes,
    summary="The types of events that a webhook endpoint can ask for",
    responses=problems("unauthenticated", "forbidden", "validation_failed", "unavailable"),
)
async def list_event_types(_: Admin) -> Response:
    return json_response({"items": [known.document() for known in EVENT_TYPES.values()]})


@router.get(
    "/event-types",
    response_model=EventTypes,
    summary="The same as `/event-types`",
    responses=problems("unauthenticated", "forbidden", "validation_failed", "unavailable"),
)
async def list_event_types_here(_: Admin) -> Response:
    return await list_event_types(_)


@router.get(
    "/{endpoint_id}",
    response_model=Endpoint,
    summary="One webhook endpoint, with how it has been doing",
    responses={304: {"description": "You have this version"}, **problems(*READ)},
)
async def get_webhook_endpoint(
    endpoint_id: UUID, _: Admin, context: InContext, condition: Conditional
) -> Response:
    row = await context.db.run(lambda c: fetch_one(c, QUERIES.endpoint, {"id": endpoint_id}))
    if row is None:
        raise refused(None)
    # Its health changes without its version.
    headers = shown_headers(row["version"], row["updated_at"], orjson.dumps(row["document"]))
    return conditional_response(
        condition, row["document"], tag=headers["ETag"].strip('"'), headers=headers
    )
