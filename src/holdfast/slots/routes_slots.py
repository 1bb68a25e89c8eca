"""`/appointments/availability/slots`: staff's view of slots (SPEC 4.3)."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from holdfast.http.auth import Staff
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyHeader, answer_once
from holdfast.http.pagination import (
    SCAN_LIMIT,
    Cursor,
    Limit,
    Page,
    following,
    number_cursor,
    page_of,
    time_cursor,
)
from holdfast.http.preconditions import Conditional, conditional_response, version_headers
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import LATEST, Instant, encode, json_response
from holdfast.kernel.db import Connection
from holdfast.slots import operations
from holdfast.slots.operations import SLOT_HOURS
from holdfast.slots.schemas import (
    BulkSlots,
    BulkSlotsRequest,
    ChangeSlotRequest,
    DeleteSlotRequest,
    PublishRequest,
    Slot,
    SlotAuditEntry,
    SlotStatus,
    SlotSync,
)

BASE = "/appointments/availability/slots"

router = api_router(BASE, "slots")

_READ = ("unauthenticated", "forbidden", "not_found", "validation_failed", "unavailable")
_WRITE = (*_READ, "malformed_json", "payload_too_large", "unsupported_media_type")
_CHANGE = (
    *_WRITE,
    "slot_booked",
    "slot_held",
    "version_conflict",
    "precondition_failed",
    "precondition_required",
)


@router.get(
    "",
    response_model=Page[Slot],
    summary="Slots by provider, facility, time and status",
    responses=problems(*_READ, "invalid_time_range"),
)
async def list_slots(
    actor: Staff,
    context: InContext,
    provider_id: Annotated[UUID | None, Query(alias="providerId")] = None,
    facility_id: Annotated[UUID | None, Query(alias="facilityId")] = None,
    from_: Annotated[Instant | None, Query(alias="from", description="Default: yesterday")] = None,
    to: Annotated[Instant | None, Query()] = None,
    status: Annotated[SlotStatus | None, Query()] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    start = from_ or datetime.now(UTC) - timedelta(days=1)
    # What has begun before may reach into the period: no slot is longer than a day.
    position = following(time_cursor(cursor), start - timedelta(hours=SLOT_HOURS))
    parameters = {
        "provider_id": provider_id,
        "facility_id": facility_id,
        "from": start,
        "to": to or LATEST,
        "status": status,
        "after_start": position.key,
        "after_id": position.id,
        "limit": limit + 1,
        "scan": SCAN_LIMIT,
    }
    rows = await context.db.run(lambda connection: operations.slots(connection, actor, parameters))
    return json_response(page_of(rows, limit, key="start_at"))


@router.post(
    "",
    status_code=201,
    response_model=Slot,
    summary="Publish a slot",
    responses=problems(
        *_WRITE,
        "slot_overlap",
        "invalid_time_range",
        "idempotency_in_flight",
        "idempotency_key_reused",
    ),
)
async def publish_slot(
    request: Request,
    body: PublishRequest,
    actor: Staff,
    context: InContext,
    idempotency_key: KeyHeader = None,
) -> Response:
    async def work(connection: Connection) -> Answer:
        row = await operations.publish_slot(
            connection,
            actor,
            provider_id=body.provider_id,
            facility_id=body.facility_id,
            service_id=body.service_id,
            start=body.start,
            end=body.end,
        )
        return Answer(
            encode(row["document"]),
            status=201,
            headers={
                "Location": f"/api/v1{BASE}/{row['document']['id']}",
                **version_headers(row["version"], row["updated_at"]),
            },
        )

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)


@router.post(
    "/bulk",
    response_model=BulkSlots,
    response_model_exclude_none=True,
    summary="Block, unblock or delete the slots of a period",
    description=(
        "All slots of the provider that overlap the period. What is held or booked stays and is "
        "listed as a conflict, as is a blocked slot whose time another slot has taken."
    ),
    responses=problems(
        *_WRITE, "invalid_time_range", "idempotency_in_flight", "idempotency_key_reused"
    ),
)
async def change_slots(
    request: Request,
    body: BulkSlotsRequest,
    actor: Staff,
    context: InContext,
    idempotency_key: KeyHeader = None,
) -> Response:
    async def work(connection: Connection) -> Answer:
        period = (body.from_, body.to)
        done = await operations.change_slots(
            connection, actor, body.provider_id, body.action, period, body.reason
        )
        return Answer(encode(done))

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)


@router.get(
    "/{slot_id}",
    response_model=Slot,
    summary="One slot",
    responses={304: {"description": "You have this version"}, **problems(*_READ)},
)
async def get_slot(
    slot_id: UUID, actor: Staff, context: InContext, condition: Conditional
) -> Response:
    row = await context.db.run(lambda connection: operations.slot(connection, actor, slot_id))
    return conditional_response(
        condition,
        row["document"],
        tag=str(row["version"]),
        headers=version_headers(row["version"], row["updated_at"]),
        may_be_unchanged=not row["hold_expired"],
    )


@router.patch(
    "/{slot_id}",
    response_model=Slot,
    summary="Move, block or unblock a slot",
    responses=problems(*_CHANGE, "slot_overlap", "invalid_time_range"),
)
async def change_slot(
    slot_id: UUID,
    body: ChangeSlotRequest,
    actor: Staff,
    context: InContext,
    condition: Conditional,
) -> Response:
    wanted = body.model_dump(exclude_unset=True)
    row = await context.db.run(
        lambda connection: operations.change_slot(connection, actor, slot_id, condition, wanted)
    )
    return json_response(
        row["document"], headers=version_headers(row["version"], row["updated_at"])
    )


@router.delete(
    "/{slot_id}",
    status_code=204,
    summary="Withdraw a slot that is neither held nor booked",
    responses=problems(*_CHANGE),
)
async def delete_slot(
    slot_id: UUID,
    actor: Staff,
    context: InContext,
    condition: Conditional,
    body: DeleteSlotRequest | None = None,
) -> Response:
    said = body or DeleteSlotRequest()
    await context.db.run(
        lambda connection: operations.delete_slot(
            connection, actor, slot_id, condition, version=said.version, reason=said.reason
        )
    )
    return Response(status_code=204)


@router.get(
    "/{slot_id}/sync",
    response_model=SlotSync,
    response_model_exclude_none=True,
    summary="Whether the slot and its appointment agree",
    responses=problems(*_READ),
)
async def check_sync(slot_id: UUID, actor: Staff, context: InContext) -> Response:
    error = await context.db.run(
        lambda connection: operations.slot_sync(connection, actor, slot_id)
    )
    return json_response({"valid": True} if error is None else {"valid": False, "error": error})


@router.get(
    "/{slot_id}/audit",
    response_model=Page[SlotAuditEntry],
    summary="The history of a slot, oldest first",
    responses=problems(*_READ),
)
async def list_slot_audit(
    slot_id: UUID, actor: Staff, context: InContext, limit: Limit = 20, cursor: Cursor = None
) -> Response:
    position = number_cursor(cursor)
    rows = await context.db.run(
        lambda connection: operations.slot_audit(
            connection,
            actor,
            slot_id,
            after_version=position.key if position else 0,
            limit=limit,
        )
    )
    return json_response(page_of(rows, limit, key="version"))
