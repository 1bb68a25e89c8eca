"""`GET /appointments`: staff's lists (SPEC 4.5)."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import StringConstraints

from holdfast.accounts.phones import number_looked_for
from holdfast.accounts.schemas import SEARCH_TEXT
from holdfast.appointments import operations_lists as operations
from holdfast.appointments.schemas import Appointment, Status
from holdfast.appointments.store_lists import Filter
from holdfast.http.auth import Staff
from holdfast.http.context import InContext
from holdfast.http.pagination import (
    Cursor,
    Limit,
    Page,
    following,
    one_of,
    page_of_texts,
    pair_cursor,
    read_time,
    time_cursor,
)
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import EARLIEST, LATEST, Instant, Paragraph, json_response

router = api_router("/appointments", "appointments")

_read_priority = one_of("urgent", "vip", "normal")


@router.get(
    "",
    response_model=Page[Appointment],
    summary="Appointments by time, provider, status and client",
    responses=problems(
        "unauthenticated",
        "forbidden",
        "not_found",
        "invalid_time_range",
        "validation_failed",
        "unavailable",
    ),
)
async def list_appointments(
    actor: Staff,
    context: InContext,
    from_: Annotated[
        Instant | None, Query(alias="from", description="Those that end later")
    ] = None,
    to: Annotated[Instant | None, Query(description="Those that begin before")] = None,
    provider_id: Annotated[UUID | None, Query(alias="providerId")] = None,
    status: Annotated[
        Status | None,
        Query(description="`requested`: urgent, vip, normal, then oldest first; else by start"),
    ] = None,
    q: Annotated[
        Annotated[Paragraph, StringConstraints(max_length=100)] | None,
        Query(description=SEARCH_TEXT),
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    wanted = Filter(
        start=from_ or EARLIEST,
        end=to or LATEST,
        provider_id=provider_id,
        status=status,
        q=q if q and q.strip() else None,
        phone=number_looked_for(q or "", context.settings.phone_region),
    )
    if status == "requested":
        last = pair_cursor(cursor, _read_priority, read_time)
        rows = await context.db.run(
            lambda connection: operations.waiting_requests(
                connection, actor, wanted, last, limit=limit
            )
        )
        return json_response(page_of_texts(rows, limit, key=("priority", "created_at")))
    after = following(time_cursor(cursor), operations.earliest_start(wanted))
    rows = await context.db.run(
        lambda connection: operations.appointments_by_start(
            connection, actor, wanted, after, limit=limit
        )
    )
    return json_response(page_of_texts(rows, limit, key="start_at"))
