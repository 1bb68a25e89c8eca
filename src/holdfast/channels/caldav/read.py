"""`GET /providers/{id}/calendar-connections`, and one of them."""

from uuid import UUID

import orjson
from fastapi import Response

from holdfast.channels.caldav import wire
from holdfast.channels.caldav.routing import READ, check_owns, router
from holdfast.channels.caldav.store import QUERIES, refused
from holdfast.http.auth import Staff
from holdfast.http.context import InContext
from holdfast.http.pagination import Cursor, Limit, Page, page_of, time_cursor
from holdfast.http.preconditions import Conditional, conditional_response, shown_headers
from holdfast.http.problem import problems
from holdfast.http.wire import json_response
from holdfast.kernel.db import fetch_all, fetch_one
from holdfast.kernel.errors import not_found


@router.get(
    "",
    response_model=Page[wire.CalendarConnection],
    summary="A provider's calendar connections, the oldest first",
    responses=problems(*READ),
)
async def list_calendar_connections(
    provider_id: UUID, actor: Staff, context: InContext, limit: Limit = 20, cursor: Cursor = None
) -> Response:
    check_owns(actor, provider_id)
    after = time_cursor(cursor)
    parameters = {
        "provider_id": provider_id,
        "after_key": after.key if after else None,
        "after_id": after.id if after else None,
        "limit": limit + 1,
    }
    rows = await context.db.run(lambda c: fetch_all(c, QUERIES.connections, parameters))
    if not rows:
        known = await context.db.run(lambda c: fetch_one(c, QUERIES.provider_exists, parameters))
        if known is None or not known["is_known"]:
            raise not_found("provider")
    return json_response(page_of(rows, limit, key="created_at"))


@router.get(
    "/{connection_id}",
    response_model=wire.CalendarConnection,
    summary="One calendar connection",
    responses={304: {"description": "You have this version"}, **problems(*READ)},
)
async def get_calendar_connection(
    provider_id: UUID, connection_id: UUID, actor: Staff, context: InContext, condition: Conditional
) -> Response:
    check_owns(actor, provider_id)
    parameters = {"id": connection_id, "provider_id": provider_id}
    row = await context.db.run(lambda c: fetch_one(c, QUERIES.connection, parameters))
    if row is None:
        raise refused(None)
    # How it does, and how far its import is, change without its version.
    headers = shown_headers(row["version"], row["updated_at"], orjson.dumps(row["document"]))
    return conditional_response(
        condition, row["document"], tag=headers["ETag"].strip('"'), headers=headers
    )
