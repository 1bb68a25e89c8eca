"""`/appointments` and a user's appointments (SPEC 4.5)."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from holdfast.appointments import operations
from holdfast.appointments.gathered_looks import AppointmentLooks
from holdfast.appointments.operations import ClientLimits, DirectBooking
from holdfast.appointments.operations_around import appointment_as_of
from holdfast.appointments.operations_writes import answer_of
from holdfast.appointments.routes_writes import InWrites
from holdfast.appointments.schemas import (
    Appointment,
    AppointmentWithAudit,
    AuditEntry,
    BookRequest,
)
from holdfast.appointments.store_writes import Write
from holdfast.http.auth import SignedIn
from holdfast.http.context import Context, InContext
from holdfast.http.idempotency import KeyHeader, claim_of
from holdfast.http.pagination import (
    Cursor,
    Limit,
    Page,
    number_cursor,
    page_of,
    page_of_texts,
    time_cursor,
)
from holdfast.http.preconditions import Conditional, conditional_response, version_headers
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import Instant, json_response
from holdfast.kernel.actor import Actor
from holdfast.reservations.operations import client_of

router = api_router("/appointments", "appointments")
user_router = api_router("/users", "appointments")


async def looks_of(request: Request) -> AppointmentLooks:
    return request.app.state.appointment_looks


InLooks = Annotated[AppointmentLooks, Depends(looks_of)]


@router.post(
    "",
    status_code=201,
    response_model=Appointment,
    summary="Book a reserved slot, or a time directly",
    responses=problems(
        "malformed_json",
        "idempotency_key_missing",
        "unauthenticated",
        "forbidden",
        "not_found",
        "reservation_not_found",
        "slot_booked",
        "slot_held",
        "slot_blocked",
        "slot_past",
        "no_slot",
        "no_longer_offered",
        "client_overlap",
        "idempotency_in_flight",
        "reservation_expired",
        "reservation_used",
        "payload_too_large",
        "unsupported_media_type",
        "validation_failed",
        "invalid_time_range",
        "idempotency_key_reused",
        "too_many_appointments",
        "unavailable",
    ),
)
async def book(
    request: Request,
    body: BookRequest,
    actor: SignedIn,
    context: InContext,
    writes: InWrites,
    idempotency_key: KeyHeader = None,
) -> Response:
    claim = claim_of(request, actor, body=body, header_key=idempotency_key, required=True)
    write = _booking(context, actor, body)
    location = f"/api/v1/appointments/{write.appointment_id}"
    row = await writes.write(write, claim, location=location)
    return answer_of(row, write).response()


def _booking(context: Context, actor: Actor, body: BookRequest) -> Write:
    settings = context.settings
    limits = ClientLimits(settings.client_appointment_limit, settings.client_request_limit)
    if body.reservation_token is not None:
        return operations.booking(
            actor,
            context.tokens.read_reservation_token(body.reservation_token),
            user_id=body.user_id,
            priority=body.priority,
            notes=body.notes,
            limits=limits,
        )
    assert body.provider_id and body.service_id and body.start
    wanted = DirectBooking(
        user_id=client_of(actor, body.user_id),
        provider_id=body.provider_id,
        service_id=body.service_id,
        facility_id=body.facility_id,
        start=body.start,
        end=body.end,
        if_unavailable=body.if_unavailable,
    )
    return operations.direct_booking(
        actor, wanted, priority=body.priority, notes=body.notes, limits=limits
    )


@router.get(
    "/{appointment_id}",
    response_model=AppointmentWithAudit,
    summary="One appointment with its history",
    responses={
        304: {"description": "You have this version"},
        **problems("unauthenticated", "not_found", "validation_failed", "unavailable"),
    },
)
async def get_appointment(
    appointment_id: UUID,
    actor: SignedIn,
    context: InContext,
    looks: InLooks,
    condition: Conditional,
    as_of: Annotated[
        Instant | None, Query(alias="asOf", description="As it was at this time")
    ] = None,
) -> Response:
    if as_of is None:
        row = await looks.appointment(actor, appointment_id)
    else:
        row = await context.db.run(
            lambda connection: appointment_as_of(connection, actor, appointment_id, as_of)
        )
    headers = version_headers(row["version"], row["updated_at"])
    return conditional_response(
        condition,
        {**row["document"], "audit": row["audit"]},
        tag=str(row["version"]),
        headers=headers,
        may_be_unchanged=not row["names_changed"],
    )


@router.get(
    "/{appointment_id}/audit",
    response_model=Page[AuditEntry],
    summary="The history of an appointment, oldest first",
    responses=problems("unauthenticated", "not_found", "validation_failed", "unavailable"),
)
async def list_audit(
    appointment_id: UUID,
    actor: SignedIn,
    context: InContext,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    position = number_cursor(cursor)
    rows = await context.db.run(
        lambda connection: operations.audit_page(
            connection,
            actor,
            appointment_id,
            after_version=position.key if position else 0,
            limit=limit,
        )
    )
    return json_response(page_of(rows, limit, key="version"))


@user_router.get(
    "/{user_id}/appointments",
    response_model=Page[Appointment],
    summary="A client's appointments",
    responses=problems("unauthenticated", "not_found", "validation_failed", "unavailable"),
)
async def list_appointments_of_user(
    user_id: UUID,
    actor: SignedIn,
    context: InContext,
    filter: Annotated[
        Literal["upcoming", "history"] | None,
        Query(description="upcoming: soonest first; otherwise latest first"),
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    position = time_cursor(cursor)
    rows = await context.db.run(
        lambda connection: operations.appointments_of_user(
            connection,
            actor,
            user_id,
            which=filter,
            after_start=position.key if position else None,
            after_id=position.id if position else None,
            limit=limit,
        )
    )
    return json_response(page_of_texts(rows, limit, key="start_at"))
