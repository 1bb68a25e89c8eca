"""What is free: `/availability` and `/providers/{id}/availability` (SPEC 4.4). Open to all."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from holdfast.http.context import InContext
from holdfast.http.pagination import Cursor, Limit, Page, following, page_of, time_cursor
from holdfast.http.preconditions import Conditional
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import Day, Instant, json_response
from holdfast.slots import operations
from holdfast.slots.gathered import AvailabilityLooks, Days
from holdfast.slots.schemas import Availability, NextAvailability, Timeslot
from holdfast.slots.tags import digest, tags_about

router = api_router("", "availability")

Service = Annotated[UUID, Query(alias="serviceId")]


async def looks_of(request: Request) -> AvailabilityLooks:
    return request.app.state.availability_looks


InLooks = Annotated[AvailabilityLooks, Depends(looks_of)]


@router.get(
    "/providers/{provider_id}/availability",
    response_model=Availability,
    summary="A provider's timeslots on some days",
    responses={
        304: {"description": "Nothing has changed"},
        **problems("not_found", "validation_failed", "unavailable"),
    },
)
async def get_availability(
    provider_id: UUID,
    service_id: Service,
    date: Annotated[Day, Query(description="A day in the provider's time zone")],
    looks: InLooks,
    condition: Conditional,
    days: Annotated[int, Query(ge=1, le=31)] = 1,
) -> Response:
    question = digest(provider_id, service_id, date, days)
    known = tags_about(question, condition.if_none_match)
    asked = Days(provider_id, service_id, date, days)
    tag, body = await operations.availability(looks, asked, question=question, known=known)
    headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache"}
    if body is None or condition.if_none_match == ("*",):
        return Response(status_code=304, headers=headers)
    return json_response(body.encode(), headers=headers)


@router.get(
    "/availability",
    response_model=Page[Timeslot],
    summary="Free timeslots of any provider",
    responses=problems("not_found", "invalid_time_range", "validation_failed", "unavailable"),
)
async def search_availability(
    service_id: Service,
    from_: Annotated[Instant, Query(alias="from")],
    to: Annotated[Instant, Query()],
    context: InContext,
    facility_id: Annotated[UUID | None, Query(alias="facilityId")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    position = following(time_cursor(cursor), from_)
    rows = await context.db.run(
        lambda connection: operations.free_timeslots(
            connection,
            service_id,
            (from_, to),
            facility_id=facility_id,
            after=(position.key, position.id),
            limit=limit,
        )
    )
    return json_response(page_of(rows, limit, key="start_at"))


@router.get(
    "/providers/{provider_id}/availability/next",
    response_model=NextAvailability,
    summary="A provider's first free timeslot",
    responses=problems("not_found", "validation_failed", "unavailable"),
)
async def get_next_availability(
    provider_id: UUID,
    service_id: Service,
    context: InContext,
    after: Annotated[Instant | None, Query()] = None,
) -> Response:
    timeslot = await context.db.run(
        lambda connection: operations.next_timeslot(connection, provider_id, service_id, after)
    )
    return json_response({"timeslot": timeslot})
