"""`/manage/{token}`: one appointment for its client, by a mail's link (SPEC-deliveries §3).

What is done here is done by the operations of appointments, as if its client had signed in.
"""

from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from pydantic import Field, model_validator

from holdfast.appointments.operations_writes import quote
from holdfast.appointments.routes_writes import Asked, InWrites
from holdfast.appointments.schemas import Appointment
from holdfast.appointments.schemas_writes import (
    ActionRequest,
    Cancelled,
    CancelRequest,
    Quote,
)
from holdfast.http.context import InContext
from holdfast.http.idempotency import Claim, KeyHeader, claim_of
from holdfast.http.preconditions import Conditional
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import Id, WireModel, json_response
from holdfast.kernel.errors import Refusal
from holdfast.notifications.linked import InLinked, Linked
from holdfast.reservations import operations as reservations
from holdfast.reservations.gathered import Reserves
from holdfast.reservations.operations import Wanted
from holdfast.reservations.routes import InReserves

router = api_router("/manage", "links")

_WRITE = (
    "malformed_json",
    "forbidden",
    "not_found",
    "invalid_transition",
    "version_conflict",
    "precondition_failed",
    "payload_too_large",
    "unsupported_media_type",
    "validation_failed",
    "lock_version_conflict",
    "locked",
    "idempotency_in_flight",
    "idempotency_key_reused",
    "rate_limited",
    "unavailable",
)


class Managed(WireModel):
    """An appointment as its link shows it, and what its client may do now."""

    appointment: Appointment
    quote: Quote | None = Field(description="What cancelling costs now; null: it is too late.")
    can_confirm_attendance: bool
    can_cancel: bool
    can_reschedule: bool


class MoveRequest(ActionRequest):
    """Where to: the slot that a reservation holds, or a free one of the same provider."""

    reservation_token: str | None = Field(default=None, max_length=200)
    timeslot_id: Id | None = None

    @model_validator(mode="after")
    def _one_place(self) -> "MoveRequest":
        if (self.reservation_token is None) == (self.timeslot_id is None):
            raise ValueError("give either timeslotId or reservationToken")
        return self


async def _asked(
    request: Request,
    context: InContext,
    link: InLinked,
    condition: Conditional,
    writes: InWrites,
    idempotency_key: KeyHeader = None,
) -> Asked:
    return Asked(request, context, link.actor, condition, idempotency_key, writes)


InAsked = Annotated[Asked, Depends(_asked)]


@router.get(
    "/{token}",
    response_model=Managed,
    summary="What a mail's link shows",
    description="Changes nothing. The token is the end of an address `/m/…` in a mail; it ends 7 "
    "days after the appointment, and with every new password.",
    responses=problems("not_found", "rate_limited", "unavailable"),
)
async def get_managed(request: Request, link: InLinked, context: InContext) -> Response:
    row = await request.app.state.appointment_looks.appointment(link.actor, link.appointment_id)
    try:
        costs = await context.db.run(
            lambda connection: quote(connection, link.actor, link.appointment_id)
        )
    except Refusal as refusal:
        if refusal.scenario != "invalid_transition":
            raise
        costs = None
    document: dict[str, Any] = row["document"]
    is_open = costs is not None and document["status"] == "confirmed"
    shown = {
        "appointment": document,
        "quote": costs,
        "canConfirmAttendance": is_open and document["clientConfirmedAt"] is None,
        "canCancel": costs is not None,
        "canReschedule": is_open,
    }
    return json_response(shown, headers=link.headers)


@router.post(
    "/{token}/confirm-attendance",
    response_model=Appointment,
    summary="Say that you will come, by a mail's link",
    responses=problems(*_WRITE),
)
async def confirm_attendance_by_link(
    link: InLinked, asked: InAsked, body: ActionRequest | None = None
) -> Response:
    answer = await asked.once("confirm", link.appointment_id, body, rule="own")
    return _with(answer, link)


@router.post(
    "/{token}/cancel",
    response_model=Cancelled,
    summary="Cancel by a mail's link, with the fee of the policy it was booked under",
    responses=problems(*_WRITE, "idempotency_key_missing"),
)
async def cancel_by_link(
    link: InLinked, asked: InAsked, body: CancelRequest | None = None
) -> Response:
    waives_fee = body.waive_fee if body else False
    answer = await asked.once(
        "cancel",
        link.appointment_id,
        body,
        rule="staff" if waives_fee else "own",
        key_required=True,
        waiveFee=waives_fee,
    )
    return _with(answer, link)


@router.post(
    "/{token}/reschedule",
    response_model=Appointment,
    summary="Move by a mail's link",
    description="To a free slot of the same provider (`timeslotId`), or to one that the client "
    "holds (`reservationToken`).",
    responses=problems(
        *_WRITE,
        "idempotency_key_missing",
        "reservation_not_found",
        "slot_booked",
        "slot_held",
        "slot_blocked",
        "slot_past",
        "no_longer_offered",
        "client_overlap",
        "reservation_expired",
        "reservation_used",
        "time_mismatch",
        "too_many_reservations",
    ),
)
async def reschedule_by_link(
    link: InLinked, asked: InAsked, body: MoveRequest, reserves: InReserves
) -> Response:
    claim = claim_of(
        asked.request, asked.actor, body=body, header_key=asked.header_key, required=True
    )
    if body.timeslot_id is None:
        token = body.reservation_token or ""
        held = asked.context.tokens.read_reservation_token(token)
        return _with(await _move(link, asked, body, claim, held), link)
    answer = await _earlier(link, asked, body, claim)
    if answer is None:
        answer = await _take_and_move(link, asked, body, claim, reserves, body.timeslot_id)
    return _with(answer, link)


async def _take_and_move(
    link: Linked,
    asked: Asked,
    body: MoveRequest,
    claim: Claim | None,
    reserves: Reserves,
    slot_id: UUID,
) -> Response:
    """Hold the slot and move there; it is let go again when that is refused."""
    assert link.actor.id is not None
    wanted = Wanted(link.provider_id, link.service_id, slot_id, link.actor.id)
    try:
        held = await reserves.reserve(link.actor, wanted)
    except Refusal:
        # Taken meanwhile, it may be by this very request, sent twice.
        answer = await _earlier(link, asked, body, claim)
        if answer is None:
            raise
        return answer
    try:
        return await _move(link, asked, body, claim, held.id)
    except Refusal:
        with suppress(Refusal):
            await asked.context.db.run(
                lambda connection: reservations.release(connection, link.actor, held.id)
            )
        raise


async def _move(
    link: Linked, asked: Asked, body: MoveRequest, claim: Claim | None, reservation_id: UUID | None
) -> Response:
    given = {"rule": "own", "reservation": reservation_id}
    return await asked.done("reschedule", link.appointment_id, body, given, claim=claim)


async def _earlier(
    link: Linked, asked: Asked, body: MoveRequest, claim: Claim | None
) -> Response | None:
    """What a request with this key was answered before; None: there was none.

    A repetition would find its slot taken, by itself. So its answer is asked for first.
    """
    try:
        return await _move(link, asked, body, claim, None)
    except Refusal as refusal:
        if refusal.scenario != "reservation_not_found":
            raise
        return None


def _with(answer: Response, link: Linked) -> Response:
    answer.headers.update(link.headers)
    return answer
