"""`/providers/{id}/schedule` and the slots made from it (SPEC 4.2)."""

from uuid import UUID

from fastapi import Request, Response

from holdfast.catalogue import scheduling
from holdfast.catalogue.routing import CHANGE, NOT_MODIFIED, READ, changed, shown
from holdfast.catalogue.schemas_schedule import (
    Generated,
    GenerateRequest,
    PutSchedule,
    Schedule,
)
from holdfast.http.auth import Staff
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyHeader, answer_once
from holdfast.http.preconditions import Conditional
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import encode
from holdfast.kernel.db import Connection

router = api_router("/providers/{provider_id}", "catalogue")


@router.get(
    "/schedule",
    response_model=Schedule,
    response_model_exclude_none=True,
    summary="A provider's schedule",
    responses={**NOT_MODIFIED, **problems(*READ, "forbidden")},
)
async def get_schedule(
    provider_id: UUID, actor: Staff, context: InContext, condition: Conditional
) -> Response:
    row = await context.db.run(
        lambda connection: scheduling.schedule(connection, actor, provider_id)
    )
    return shown(condition, row)


@router.put(
    "/schedule",
    response_model=Schedule,
    response_model_exclude_none=True,
    summary="Put a provider's schedule",
    description=(
        "The first one needs no precondition. Slots that are published already stay as they are."
    ),
    responses={
        201: {"model": Schedule, "description": "The provider's first schedule"},
        **problems(*CHANGE),
    },
)
async def put_schedule(
    provider_id: UUID,
    body: PutSchedule,
    actor: Staff,
    context: InContext,
    condition: Conditional,
) -> Response:
    wanted = body.model_dump(by_alias=True, mode="json", exclude_none=True)
    row = await context.db.run(
        lambda connection: scheduling.put_schedule(
            connection, actor, provider_id, condition, wanted
        )
    )
    return changed(row, 201 if row["outcome"] == "created" else 200)


@router.post(
    "/slots/generate",
    response_model=Generated,
    summary="Publish the slots of a provider's schedule",
    description=(
        "Publishes what is not there yet between two days, both included, in the provider's time "
        "zone; running it again creates nothing new."
    ),
    responses=problems(
        "malformed_json",
        "unauthenticated",
        "forbidden",
        "not_found",
        "idempotency_in_flight",
        "payload_too_large",
        "unsupported_media_type",
        "validation_failed",
        "idempotency_key_reused",
        "unavailable",
    ),
)
async def generate_slots(
    request: Request,
    provider_id: UUID,
    body: GenerateRequest,
    actor: Staff,
    context: InContext,
    idempotency_key: KeyHeader = None,
) -> Response:
    async def work(connection: Connection) -> Answer:
        done = await scheduling.generate_slots(connection, actor, provider_id, body.from_, body.to)
        return Answer(
            encode({"created": done.created, "existing": done.existing, "skipped": done.skipped})
        )

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)
