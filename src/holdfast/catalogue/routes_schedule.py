"""`/providers/{id}/schedule` and the slots made from it (SPEC 4.2)."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from holdfast.catalogue import scheduling
from holdfast.catalogue.routing import CHANGE, NOT_MODIFIED, READ, shown
from holdfast.catalogue.schemas_schedule import (
    Generated,
    GenerateRequest,
    PutResult,
    PutSchedule,
    Schedule,
    ScheduleEffect,
)
from holdfast.http.auth import Staff
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyHeader, answer_once
from holdfast.http.preconditions import Conditional, version_headers
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import encode, json_response
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
    response_model=PutResult | ScheduleEffect,
    response_model_exclude_none=True,
    summary="Put a provider's schedule",
    description=(
        "The first one needs no precondition. It takes effect at once: free slots that came from "
        "the schedule before and that this one lacks are withdrawn, and its own are published, for "
        "today and the 30 days after it, and up to the last day for which slots were generated. "
        "Held and booked slots stay and are listed as `conflicts`; they go when they are given "
        "back. `dryRun` answers what would be done, and does nothing."
    ),
    responses={
        201: {"model": PutResult, "description": "The provider's first schedule"},
        **problems(*CHANGE),
    },
)
async def put_schedule(
    provider_id: UUID,
    body: PutSchedule,
    actor: Staff,
    context: InContext,
    condition: Conditional,
    dry_run: Annotated[bool, Query(alias="dryRun")] = False,
) -> Response:
    wanted = body.model_dump(by_alias=True, mode="json", exclude_none=True)
    run = context.db.run_undone if dry_run else context.db.run_transaction
    row, laid = await run(
        lambda connection: scheduling.put_schedule(
            connection, actor, provider_id, condition, wanted, is_dry=dry_run
        )
    )
    if dry_run:
        counts = {"withdraws": laid.withdrawn, "publishes": laid.published}
        return json_response({**counts, **laid.conflicts_document()})
    return json_response(
        {**row["document"], **laid.conflicts_document()},
        201 if row["outcome"] == "created" else 200,
        version_headers(row["version"], row["updated_at"]),
    )


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
