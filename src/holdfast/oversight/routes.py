"""`/audit` and `/analytics`, for administrators (SPEC §8)."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from holdfast.appointments.schemas import AuditAction, AuditEntry
from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.pagination import Cursor, Limit, Page, page_of, time_cursor
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import Instant, json_response
from holdfast.oversight import operations
from holdfast.oversight.schemas import BookingAnalytics

audit_router = api_router("/audit", "oversight")
analytics_router = api_router("/analytics", "oversight")

DEFAULT_DAYS = 30
_PROBLEMS = problems(
    "unauthenticated", "forbidden", "invalid_time_range", "validation_failed", "unavailable"
)


@audit_router.get(
    "",
    response_model=Page[AuditEntry],
    summary="The history of all appointments, the newest first",
    description="A search by actor or action may answer short pages before the last one.",
    responses=_PROBLEMS,
)
async def search_audit(
    _: Admin,
    context: InContext,
    from_: Annotated[Instant | None, Query(alias="from")] = None,
    to: Instant | None = None,
    appointment_id: Annotated[UUID | None, Query(alias="appointmentId")] = None,
    actor_id: Annotated[UUID | None, Query(alias="actorId")] = None,
    action: AuditAction | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    position = time_cursor(cursor)
    rows = await context.db.run(
        lambda connection: operations.search_audit(
            connection,
            start=from_,
            end=to,
            appointment_id=appointment_id,
            actor_id=actor_id,
            action=action,
            before=(position.key, position.id) if position else None,
            limit=limit,
        )
    )
    return json_response(page_of(rows, limit, key="at"))


@analytics_router.get(
    "/bookings",
    response_model=BookingAnalytics,
    summary="How booking went in a period of at most 92 days",
    responses=_PROBLEMS,
)
async def get_booking_analytics(
    _: Admin,
    context: InContext,
    from_: Annotated[
        Instant | None, Query(alias="from", description="Default: 30 days before `to`")
    ] = None,
    to: Annotated[Instant | None, Query(description="Default: now")] = None,
) -> Response:
    end = to or datetime.now(UTC)
    start = from_ or end - timedelta(days=DEFAULT_DAYS)
    found = await operations.booking_analytics(context.db, start, end)
    return json_response(BookingAnalytics.model_validate(found, by_name=True))
