"""`GET /providers/{id}/calendar-conflicts`: what stands under a busy time and was left alone."""

from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from fastapi import Response
from pydantic import Field

from holdfast.calendars.busy import store
from holdfast.http.auth import Staff
from holdfast.http.context import InContext
from holdfast.http.pagination import (
    SCAN_LIMIT,
    Cursor,
    Limit,
    Page,
    following,
    page_of,
    time_cursor,
)
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import Id, Instant, WireModel, json_response
from holdfast.kernel.errors import not_found

router = api_router("/providers/{provider_id}/calendar-conflicts", "calendars")

SLOT_HOURS = 24


class CalendarConflict(WireModel):
    """A slot that somebody has while a calendar says that its provider is busy. Of the calendar's
    entry nothing is known but its time."""

    slot_id: Id
    status: Literal["held", "booked"]
    appointment_id: Id | None
    start: Instant
    end: Instant
    busy_start: Instant = Field(description="Of several busy times, the first one.")
    busy_end: Instant


@router.get(
    "",
    response_model=Page[CalendarConflict],
    summary="Held and booked slots under a busy time of a calendar",
    description="From now on, by start. A calendar neither cancels nor moves anything.",
    responses=problems(
        "unauthenticated", "forbidden", "not_found", "validation_failed", "unavailable"
    ),
)
async def list_calendar_conflicts(
    provider_id: UUID,
    actor: Staff,
    context: InContext,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    now = datetime.now(UTC)
    position = following(time_cursor(cursor), now - timedelta(hours=SLOT_HOURS))
    if not actor.may_manage_provider(provider_id):
        raise not_found("provider")
    rows = await context.db.run(
        lambda connection: store.conflicts(
            connection,
            provider_id,
            since=now,
            after=(position.key, position.id),
            scan=SCAN_LIMIT,
            limit=limit + 1,
        )
    )
    if rows is None:
        raise not_found("provider")
    return json_response(page_of(rows, limit, key="start_at"))
