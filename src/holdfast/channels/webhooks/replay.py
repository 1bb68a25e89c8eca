"""`POST /webhook-endpoints/{id}/replay`: events of the log once more."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from holdfast.channels.webhooks.model import Replay, Replayed
from holdfast.channels.webhooks.routing import KEYED, router
from holdfast.channels.webhooks.store import QUERIES, refused
from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyHeader, answer_once
from holdfast.http.problem import problems
from holdfast.http.wire import encode
from holdfast.kernel.db import Connection, fetch_one
from holdfast.kernel.errors import invalid

MAXIMUM_EVENTS = 10_000


@router.post(
    "/{endpoint_id}/replay",
    status_code=202,
    response_model=Replayed,
    summary="Send events again, or count them first",
    responses=problems(*KEYED, "not_found"),
)
async def replay_webhooks(
    request: Request,
    endpoint_id: UUID,
    body: Replay,
    actor: Admin,
    context: InContext,
    idempotency_key: KeyHeader = None,
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

    async def work(connection: Connection) -> Answer:
        row = await fetch_one(connection, QUERIES.replay, parameters)
        if row is None or row["outcome"] == "not_found":
            raise refused(row)
        if row["outcome"] == "too_many":
            raise invalid(
                "from" if body.from_position is None else "fromPosition",
                f"more than {MAXIMUM_EVENTS:,} events: begin later, end earlier, or name types",
            )
        return Answer(encode({"count": row["count"]}), status=202, headers={})

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)
