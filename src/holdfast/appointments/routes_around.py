"""Around an appointment: other times, the calendar file, comments, bulk actions (SPEC 4.5)."""

import hashlib
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from holdfast.appointments import operations_around as operations
from holdfast.appointments.operations_bulk import Bulk, act_on_many
from holdfast.appointments.operations_writes import check_access
from holdfast.appointments.schemas_around import (
    BulkAnswer,
    BulkRequest,
    Comment,
    CommentRequest,
)
from holdfast.calendars.ics import MEDIA_TYPE, calendar_file
from holdfast.deliveries.mail_server import mail_sender
from holdfast.http.auth import SignedIn, Staff
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyHeader, answer_once
from holdfast.http.pagination import (
    Cursor,
    Limit,
    Page,
    following,
    page_of,
    time_cursor,
)
from holdfast.http.preconditions import Conditional, conditional_response, version_headers
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import EARLIEST, encode, json_response
from holdfast.kernel.db import Connection
from holdfast.slots.schemas import Timeslot

router = api_router("/appointments", "appointments")

_READ = ("unauthenticated", "not_found", "validation_failed", "unavailable")
_WRITE = (
    "malformed_json",
    "unauthenticated",
    "forbidden",
    "idempotency_in_flight",
    "payload_too_large",
    "unsupported_media_type",
    "validation_failed",
    "idempotency_key_reused",
    "unavailable",
)


@router.get(
    "/{appointment_id}/alternatives",
    response_model=Page[Timeslot],
    summary="Up to five other times for an appointment",
    responses=problems(*_READ),
)
async def list_alternatives(
    appointment_id: UUID,
    actor: SignedIn,
    context: InContext,
    kind: Annotated[
        operations.Kind,
        Query(description="around its start, from now on, or tomorrow where the provider is"),
    ] = "nearest",
) -> Response:
    found = await context.db.run(
        lambda connection: operations.alternatives(connection, actor, appointment_id, kind)
    )
    return json_response({"items": found, "nextCursor": None})


@router.get(
    "/{appointment_id}/calendar.ics",
    summary="The appointment as a calendar file",
    response_class=Response,
    responses={
        200: {
            "description": "An iCalendar object (RFC 5545)",
            "content": {"text/calendar": {"schema": {"type": "string"}}},
        },
        304: {"description": "You have this version"},
        **problems(*_READ),
    },
)
async def get_calendar_file(
    appointment_id: UUID, actor: SignedIn, context: InContext, condition: Conditional
) -> Response:
    organizer = mail_sender(context.settings).address
    shown = await context.db.run(
        lambda connection: operations.calendar_entry(connection, actor, appointment_id, organizer)
    )
    body = calendar_file(shown.entry)
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    headers = {
        **version_headers(shown.entry.sequence, shown.changed_at),
        "ETag": f'"{tag}"',
        "Cache-Control": "private, no-cache",
        "Content-Type": MEDIA_TYPE,
        "Content-Disposition": f'attachment; filename="appointment-{appointment_id}.ics"',
    }
    return conditional_response(condition, body, tag=tag, headers=headers)


@router.get(
    "/{appointment_id}/comments",
    response_model=Page[Comment],
    summary="Staff's discussion of an appointment, oldest first",
    responses=problems(*_READ, "forbidden"),
)
async def list_comments(
    appointment_id: UUID,
    actor: SignedIn,
    context: InContext,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    after = following(time_cursor(cursor), EARLIEST)
    rows = await context.db.run(
        lambda connection: operations.comments(
            connection, actor, appointment_id, after, limit=limit
        )
    )
    return json_response(page_of(rows, limit, key="created_at"))


@router.post(
    "/{appointment_id}/comments",
    status_code=201,
    response_model=Comment,
    summary="Say something to the rest of staff",
    responses=problems(*_WRITE, "not_found"),
)
async def add_comment(
    request: Request,
    appointment_id: UUID,
    body: CommentRequest,
    actor: SignedIn,
    context: InContext,
    idempotency_key: KeyHeader = None,
) -> Response:
    async def authorise(connection: Connection) -> None:
        await check_access(connection, actor, appointment_id, "staff")

    async def work(connection: Connection) -> Answer:
        comment = await operations.add_comment(connection, actor, appointment_id, body.body)
        return Answer(encode(comment), status=201)

    return await answer_once(
        request,
        context,
        actor,
        work,
        body=body,
        header_key=idempotency_key,
        authorise=authorise,
    )


@router.post(
    "/bulk",
    response_model=BulkAnswer,
    response_model_exclude_none=True,
    summary="One action for several appointments",
    responses=problems(*_WRITE),
)
async def act_in_bulk(
    request: Request,
    body: BulkRequest,
    actor: Staff,
    context: InContext,
    idempotency_key: KeyHeader = None,
) -> Response:
    bulk = Bulk(body.action, body.priority, body.reason, body.waives_fee)

    async def work(connection: Connection) -> Answer:
        results = await act_on_many(connection, actor, body.ids, bulk)
        return Answer(encode({"results": results}))

    return await answer_once(
        request,
        context,
        actor,
        work,
        body=body,
        header_key=idempotency_key,
    )
