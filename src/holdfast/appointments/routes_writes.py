"""What changes an appointment: `/appointments/{id}` PATCH, DELETE and its actions (SPEC 4.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from holdfast.appointments.gathered import AppointmentWrites
from holdfast.appointments.operations_writes import answer_of, quote
from holdfast.appointments.schemas import Appointment
from holdfast.appointments.schemas_writes import (
    AcceptRequest,
    ActionRequest,
    Cancelled,
    CancelRequest,
    EditRequest,
    Quote,
    ReopenRequest,
    RescheduleRequest,
    WriteRequest,
)
from holdfast.appointments.store_writes import Verb, Write
from holdfast.http.auth import SignedIn, Staff
from holdfast.http.context import Context, InContext
from holdfast.http.idempotency import Claim, KeyHeader, claim_of
from holdfast.http.preconditions import Conditional, Precondition
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import json_response
from holdfast.kernel.actor import Actor

router = api_router("/appointments", "appointments")
accept_router = api_router("/appointments/availability/slots", "slots")

_WRITE = (
    "malformed_json",
    "unauthenticated",
    "forbidden",
    "not_found",
    "invalid_transition",
    "version_conflict",
    "lock_version_conflict",
    "precondition_failed",
    "payload_too_large",
    "unsupported_media_type",
    "validation_failed",
    "locked",
    "unavailable",
)
_ACTION = (*_WRITE, "idempotency_in_flight", "idempotency_key_reused")
CLIENT_FIELDS = frozenset({"notes"})  # what clients may edit
_SLOT = ("slot_booked", "slot_held", "slot_blocked", "slot_past")


async def writes_of(request: Request) -> AppointmentWrites:
    return request.app.state.appointment_writes


InWrites = Annotated[AppointmentWrites, Depends(writes_of)]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to write: who asks, how it is conditioned and keyed."""

    request: Request
    context: Context
    actor: Actor
    condition: Precondition
    header_key: str | None
    writes: AppointmentWrites

    async def once(
        self,
        verb: Verb,
        appointment_id: UUID,
        body: ActionRequest | None,
        *,
        rule: str,
        key_required: bool = False,
        **given: object,
    ) -> Response:
        """Do an action once for each idempotency key."""
        claim = claim_of(
            self.request,
            self.actor,
            body=body,
            header_key=self.header_key,
            required=key_required,
        )
        return await self.done(verb, appointment_id, body, {"rule": rule, **given}, claim=claim)

    async def done(
        self,
        verb: Verb,
        appointment_id: UUID,
        body: WriteRequest | None,
        given: Mapping[str, object],
        *,
        required: bool = False,
        claim: Claim | None = None,
    ) -> Response:
        """Do it.

        Args:
            given: what the verb takes besides (`Write.given`).
            required: whether a precondition must be given (SPEC 4.7).
        """
        version = body.version if body else None
        write = Write(
            verb,
            self.actor,
            appointment_id,
            {
                "precondition": self.condition.facts(version=version, required=required),
                "lockVersion": body.lock_version if body else None,
                "reason": body.reason if body else None,
                **given,
            },
        )
        return answer_of(await self.writes.write(write, claim), write).response()


async def _asked(
    request: Request,
    context: InContext,
    actor: SignedIn,
    condition: Conditional,
    writes: InWrites,
    idempotency_key: KeyHeader = None,
) -> Asked:
    return Asked(request, context, actor, condition, idempotency_key, writes)


InAsked = Annotated[Asked, Depends(_asked)]


@router.patch(
    "/{appointment_id}",
    response_model=Appointment,
    summary="Edit notes, priority or service",
    responses=problems(*_WRITE, "precondition_required", "time_mismatch"),
)
async def edit_appointment(appointment_id: UUID, body: EditRequest, asked: InAsked) -> Response:
    fields = body.model_dump(
        by_alias=True,
        mode="json",
        exclude_unset=True,
        exclude={"reason", "version", "lock_version"},
    )
    rule = "own" if fields.keys() <= CLIENT_FIELDS else "staff"
    given = {"fields": fields, "rule": rule}
    return await asked.done("edit", appointment_id, body, given, required=True)


@router.delete(
    "/{appointment_id}",
    status_code=204,
    summary="Hide an appointment and free its slot",
    responses=problems(*_WRITE, "precondition_required"),
)
async def delete_appointment(
    appointment_id: UUID, asked: InAsked, body: WriteRequest | None = None
) -> Response:
    await asked.done("delete", appointment_id, body, {}, required=True)
    return Response(status_code=204)


@router.post(
    "/{appointment_id}/restore",
    response_model=Appointment,
    summary="Bring a deleted appointment back",
    responses=problems(*_ACTION, "slot_booked", "slot_held", "slot_blocked"),
)
async def restore_appointment(
    appointment_id: UUID, asked: InAsked, body: ActionRequest | None = None
) -> Response:
    return await asked.once("restore", appointment_id, body, rule="admin")


@router.post(
    "/{appointment_id}/reschedule",
    response_model=Appointment,
    summary="Move to the slot that a reservation holds",
    responses=problems(
        *_ACTION,
        "idempotency_key_missing",
        "reservation_not_found",
        "slot_past",
        "no_longer_offered",
        "client_overlap",
        "reservation_expired",
        "reservation_used",
        "time_mismatch",
    ),
)
async def reschedule_appointment(
    appointment_id: UUID, body: RescheduleRequest, asked: InAsked
) -> Response:
    return await asked.once(
        "reschedule",
        appointment_id,
        body,
        rule="own",
        key_required=True,
        reservation=asked.context.tokens.read_reservation_token(body.reservation_token),
    )


@router.get(
    "/{appointment_id}/cancellation",
    response_model=Quote,
    summary="What cancelling costs now",
    responses=problems(
        "unauthenticated", "not_found", "invalid_transition", "validation_failed", "unavailable"
    ),
)
async def get_cancellation(appointment_id: UUID, actor: SignedIn, context: InContext) -> Response:
    found = await context.db.run(lambda connection: quote(connection, actor, appointment_id))
    return json_response(found)


@router.post(
    "/{appointment_id}/cancel",
    response_model=Cancelled,
    summary="Cancel, with the fee of the policy it was booked under",
    responses=problems(*_ACTION, "idempotency_key_missing"),
)
async def cancel_appointment(
    appointment_id: UUID, asked: InAsked, body: CancelRequest | None = None
) -> Response:
    waives_fee = body.waive_fee if body else False
    return await asked.once(
        "cancel",
        appointment_id,
        body,
        rule="staff" if waives_fee else "own",
        key_required=True,
        waiveFee=waives_fee,
    )


@router.post(
    "/{appointment_id}/confirm-attendance",
    response_model=Appointment,
    summary="Say that you will come",
    responses=problems(*_ACTION),
)
async def confirm_attendance(
    appointment_id: UUID, asked: InAsked, body: ActionRequest | None = None
) -> Response:
    return await asked.once("confirm", appointment_id, body, rule="own")


@router.post(
    "/{appointment_id}/complete",
    response_model=Appointment,
    summary="The visit took place",
    responses=problems(*_ACTION),
)
async def complete_appointment(
    appointment_id: UUID, asked: InAsked, body: ActionRequest | None = None
) -> Response:
    return await asked.once("complete", appointment_id, body, rule="staff")


@router.post(
    "/{appointment_id}/no-show",
    response_model=Appointment,
    summary="The client did not come",
    responses=problems(*_ACTION),
)
async def mark_no_show(
    appointment_id: UUID, asked: InAsked, body: ActionRequest | None = None
) -> Response:
    return await asked.once("no_show", appointment_id, body, rule="staff")


@router.post(
    "/{appointment_id}/reopen",
    response_model=Appointment,
    summary="Take back that a visit was completed or missed",
    responses=problems(*_ACTION, "slot_booked", "slot_held", "slot_blocked"),
)
async def reopen_appointment(appointment_id: UUID, body: ReopenRequest, asked: InAsked) -> Response:
    return await asked.once("reopen", appointment_id, body, rule="staff")


@accept_router.post(
    "/{slot_id}/accept-appointment",
    response_model=Appointment,
    summary="Accept a waiting request into a slot",
    responses=problems(*_ACTION, *_SLOT, "provider_mismatch", "time_mismatch"),
)
async def accept_appointment(
    slot_id: UUID, body: AcceptRequest, asked: InAsked, _: Staff
) -> Response:
    return await asked.once(
        "accept", body.appointment_id, body, rule="staff", slot=slot_id, move=bool(body.move)
    )
