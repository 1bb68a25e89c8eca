"""What changes an appointment: `/appointments/{id}` PATCH, DELETE and its actions (SPEC 4.5)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from holdfast.appointments import operations_writes as operations
from holdfast.appointments.schemas import Appointment
from holdfast.appointments.schemas_writes import (
    AcceptRequest,
    ActionRequest,
    Cancelled,
    CancelRequest,
    EditRequest,
    Quote,
    RescheduleRequest,
    WriteRequest,
)
from holdfast.appointments.store_writes import Target
from holdfast.http.auth import SignedIn, Staff
from holdfast.http.context import Context, InContext
from holdfast.http.idempotency import Answer, KeyHeader, answer_once
from holdfast.http.preconditions import Conditional, Precondition, version_headers
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import encode, json_response
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, Row
from holdfast.reservations.operations import no_such_reservation

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
_SLOT = ("slot_booked", "slot_held", "slot_blocked", "slot_past")


Work = Callable[[Connection], Awaitable[Row]]


@dataclass(frozen=True, slots=True)
class Write:
    """A write in the making: who asks, how it is conditioned and keyed."""

    request: Request
    context: Context
    actor: Actor
    condition: Precondition
    header_key: str | None

    def target(
        self, appointment_id: UUID, body: WriteRequest | None, *, required: bool = False
    ) -> Target:
        """What is written; `required` says whether a precondition must be given (SPEC 4.7)."""
        return Target(
            actor=self.actor,
            appointment_id=appointment_id,
            precondition=self.condition.as_parameter(
                version=body.version if body else None, required=required
            ),
            lock_version=body.lock_version if body else None,
            reason=body.reason if body else None,
        )

    async def once(
        self,
        appointment_id: UUID,
        body: ActionRequest | None,
        work: Work,
        *,
        rule: str,
        key_required: bool = False,
        answer: Callable[[Row], Answer] | None = None,
    ) -> Response:
        """Do an action once for each idempotency key."""

        async def authorise(connection: Connection) -> None:
            await operations.check_access(connection, self.actor, appointment_id, rule)

        async def answered(connection: Connection) -> Answer:
            return (answer or _appointment)(await work(connection))

        return await answer_once(
            self.request,
            self.context,
            self.actor,
            answered,
            body=body,
            header_key=self.header_key,
            required=key_required,
            authorise=authorise,
        )


async def _write(
    request: Request,
    context: InContext,
    actor: SignedIn,
    condition: Conditional,
    idempotency_key: KeyHeader = None,
) -> Write:
    return Write(request, context, actor, condition, idempotency_key)


InWrite = Annotated[Write, Depends(_write)]


def _appointment(row: Row) -> Answer:
    return Answer(
        encode(row["document"]), headers=version_headers(row["version"], row["updated_at"])
    )


def _cancelled(row: Row) -> Answer:
    return Answer(
        encode(
            {
                "appointment": row["document"],
                "feeCents": row["fee_cents"],
                "refundCents": row["refund_cents"],
            }
        ),
        headers=version_headers(row["version"], row["updated_at"]),
    )


@router.patch(
    "/{appointment_id}",
    response_model=Appointment,
    summary="Edit notes, priority or service",
    responses=problems(*_WRITE, "precondition_required", "time_mismatch"),
)
async def edit_appointment(appointment_id: UUID, body: EditRequest, write: InWrite) -> Response:
    fields = body.model_dump(
        by_alias=True,
        mode="json",
        exclude_unset=True,
        exclude={"reason", "version", "lock_version"},
    )
    target = write.target(appointment_id, body, required=True)
    row = await write.context.db.run_transaction(
        lambda connection: operations.edit(connection, target, fields)
    )
    return _appointment(row).response()


@router.delete(
    "/{appointment_id}",
    status_code=204,
    summary="Hide an appointment and free its slot",
    responses=problems(*_WRITE, "precondition_required"),
)
async def delete_appointment(
    appointment_id: UUID, write: InWrite, body: WriteRequest | None = None
) -> Response:
    target = write.target(appointment_id, body, required=True)
    await write.context.db.run_transaction(lambda connection: operations.delete(connection, target))
    return Response(status_code=204)


@router.post(
    "/{appointment_id}/restore",
    response_model=Appointment,
    summary="Bring a deleted appointment back",
    responses=problems(*_ACTION, "slot_booked", "slot_held", "slot_blocked"),
)
async def restore_appointment(
    appointment_id: UUID, write: InWrite, body: ActionRequest | None = None
) -> Response:
    target = write.target(appointment_id, body)
    return await write.once(
        appointment_id,
        body,
        lambda connection: operations.restore(connection, target),
        rule="admin",
    )


@router.post(
    "/{appointment_id}/reschedule",
    response_model=Appointment,
    summary="Move to the slot that a reservation holds",
    responses=problems(
        *_ACTION,
        "idempotency_key_missing",
        "reservation_not_found",
        "slot_past",
        "reservation_expired",
        "reservation_used",
        "time_mismatch",
    ),
)
async def reschedule_appointment(
    appointment_id: UUID, body: RescheduleRequest, write: InWrite
) -> Response:
    target = write.target(appointment_id, body)
    reservation_id = write.context.tokens.read_reservation_token(body.reservation_token)

    async def work(connection: Connection) -> Row:
        if reservation_id is None:
            raise no_such_reservation()
        return await operations.reschedule(connection, target, reservation_id)

    return await write.once(appointment_id, body, work, rule="own", key_required=True)


@router.get(
    "/{appointment_id}/cancellation",
    response_model=Quote,
    summary="What cancelling costs now",
    responses=problems(
        "unauthenticated", "not_found", "invalid_transition", "validation_failed", "unavailable"
    ),
)
async def get_cancellation(appointment_id: UUID, actor: SignedIn, context: InContext) -> Response:
    quote = await context.db.run(
        lambda connection: operations.quote(connection, actor, appointment_id)
    )
    return json_response(quote)


@router.post(
    "/{appointment_id}/cancel",
    response_model=Cancelled,
    summary="Cancel, with the fee of the policy it was booked under",
    responses=problems(*_ACTION, "idempotency_key_missing"),
)
async def cancel_appointment(
    appointment_id: UUID, write: InWrite, body: CancelRequest | None = None
) -> Response:
    target = write.target(appointment_id, body)
    waive_fee = body.waive_fee if body else False
    return await write.once(
        appointment_id,
        body,
        lambda connection: operations.cancel(connection, target, waive_fee=waive_fee),
        rule="staff" if waive_fee else "own",
        key_required=True,
        answer=_cancelled,
    )


@router.post(
    "/{appointment_id}/confirm-attendance",
    response_model=Appointment,
    summary="Say that you will come",
    responses=problems(*_ACTION),
)
async def confirm_attendance(
    appointment_id: UUID, write: InWrite, body: ActionRequest | None = None
) -> Response:
    target = write.target(appointment_id, body)
    return await write.once(
        appointment_id,
        body,
        lambda connection: operations.confirm_attendance(connection, target),
        rule="own",
    )


@router.post(
    "/{appointment_id}/complete",
    response_model=Appointment,
    summary="The visit took place",
    responses=problems(*_ACTION),
)
async def complete_appointment(
    appointment_id: UUID, write: InWrite, body: ActionRequest | None = None
) -> Response:
    target = write.target(appointment_id, body)
    return await write.once(
        appointment_id,
        body,
        lambda connection: operations.complete(connection, target),
        rule="staff",
    )


@router.post(
    "/{appointment_id}/no-show",
    response_model=Appointment,
    summary="The client did not come",
    responses=problems(*_ACTION),
)
async def mark_no_show(
    appointment_id: UUID, write: InWrite, body: ActionRequest | None = None
) -> Response:
    target = write.target(appointment_id, body)
    return await write.once(
        appointment_id,
        body,
        lambda connection: operations.no_show(connection, target),
        rule="staff",
    )


@accept_router.post(
    "/{slot_id}/accept-appointment",
    response_model=Appointment,
    summary="Accept a waiting request into a slot",
    responses=problems(*_ACTION, *_SLOT, "provider_mismatch", "time_mismatch"),
)
async def accept_appointment(
    slot_id: UUID, body: AcceptRequest, write: InWrite, _: Staff
) -> Response:
    target = write.target(body.appointment_id, body)
    return await write.once(
        body.appointment_id,
        body,
        lambda connection: operations.accept(connection, target, slot_id),
        rule="staff",
    )
