"""`GET /deliveries`: all deliveries, the latest first (SPEC-deliveries §7)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import StringConstraints

from holdfast.deliveries.find import LAST_NUMBER, Wanted, documents, found
from holdfast.deliveries.model import Channel
from holdfast.deliveries.schemas import Delivery, Purpose, State
from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.pagination import Cursor, Limit, Page, count_cursor, page_of
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import Instant, Paragraph, json_response
from holdfast.kernel.db import Connection

router = api_router("/deliveries", "deliveries")


@router.get(
    "",
    response_model=Page[Delivery],
    response_model_exclude_none=True,
    summary="What left or should leave the server, the latest first",
    description="A search by several fields may answer short pages before the last one.",
    responses=problems(
        "unauthenticated", "forbidden", "invalid_time_range", "validation_failed", "unavailable"
    ),
)
async def list_deliveries(
    _: Admin,
    context: InContext,
    channel: Channel | None = None,
    state: State | None = None,
    purpose: Purpose | None = None,
    user_id: Annotated[UUID | None, Query(alias="userId")] = None,
    appointment_id: Annotated[UUID | None, Query(alias="appointmentId")] = None,
    endpoint_id: Annotated[UUID | None, Query(alias="endpointId")] = None,
    from_: Annotated[Instant | None, Query(alias="from", description="Planned since")] = None,
    to: Annotated[Instant | None, Query(description="Planned before")] = None,
    q: Annotated[
        Annotated[Paragraph, StringConstraints(max_length=100)] | None,
        Query(description="Name, e-mail address or telephone number of whom it is for"),
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    position = count_cursor(cursor)
    wanted = Wanted(
        channel, state, purpose, user_id, appointment_id, endpoint_id, from_, to, q or None
    )
    before = position.key if position else LAST_NUMBER

    async def look(connection: Connection) -> list[dict[str, Any]]:
        rows = await found(connection, wanted, before, limit + 1)
        shown = await documents(connection, [row["id"] for row in rows if row["is_shown"]], "full")
        return [{**row, "document": shown.get(row["id"])} for row in rows]

    rows = await context.db.run(look)
    return json_response(page_of(rows, limit, key="number"))
