"""`POST /webhook-endpoints/{id}/replay`: events of the log once more."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from holdfast.channels.webhooks.model import Replay, Replayed
from holdfast.channels.webhooks.routing import WRITE, router
from holdfast.channels.webhooks.store import QUERIES, refused
from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.problem import problems
from holdfast.http.wire import json_response
from holdfast.kernel.db import fetch_one
from holdfast.kernel.errors import invalid

MAXIMUM_EVENTS = 10_000


@router.post(
    "/{endpoint_id}/replay",
    status_code=202,
    response_model=Replayed,
    summary="Send events again, or count them first",
    responses=problems(*WRITE, "not_found"),
)
async def replay_webhooks(
    endpoint_id: UUID,
    body: Replay,
    _: Admin,
    context: InContext,
    dry_run: Annotated[bool, Query(alias="dryRun", description="Only count them.")] = False,
) -> Response:
    parameters = {
        "endpoint_id": endpoint_id,
        "from_position": body.from_position,
        "from": body.from_,
        "to": body.to,
        "types": body.types,
        "limit": MAXIMUM_EVENTS,
        "is_dry": dry_run,
    }
    row = await context.db.run(lambda c: fetch_one(c, QUERIES.replay, parameters))
    if row is None or row["outcome"] == "not_found":
        raise refused(row)
    if row["outcome"] == "too_many":
        field = "from" if body.from_position is None else "fromPosition"
        raise invalid(
            field, f"more than {MAXIMUM_EVENTS:,} events: begin later, end earlier, or name types"
        )
    return json_response({"count": row["count"]}, 202)
