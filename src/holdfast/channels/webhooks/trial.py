"""`POST /webhook-endpoints/{id}/test`: one try, at once, and what became of it."""

from uuid import UUID

from fastapi import Response

from holdfast.channels.webhooks.model import Trial, Tried
from holdfast.channels.webhooks.routing import WRITE, InOutbound, router
from holdfast.channels.webhooks.sender import WebhookSender
from holdfast.channels.webhooks.store import QUERIES, refused
from holdfast.deliveries.once import try_once
from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.problem import problems
from holdfast.http.wire import json_response
from holdfast.kernel.db import fetch_one
from holdfast.kernel.ids import new_id

LEASE_SECONDS = 60.0


@router.post(
    "/{endpoint_id}/test",
    response_model=Tried,
    summary="Send the example of an event, and see what is answered",
    responses=problems(*WRITE, "not_found"),
)
async def try_webhook_endpoint(
    endpoint_id: UUID,
    _: Admin,
    context: InContext,
    outbound: InOutbound,
    body: Trial | None = None,
) -> Response:
    worker = new_id()
    parameters = {
        "endpoint_id": endpoint_id,
        "type": (body or Trial()).type,
        "worker": worker,
        "lease_seconds": LEASE_SECONDS,
    }
    row = await context.db.run_transaction(lambda c: fetch_one(c, QUERIES.begin_trial, parameters))
    if row is None:
        raise refused(None)
    sender = WebhookSender(context.settings, context.db, outbound)
    await try_once(context.db, sender, worker, row)
    attempt = await context.db.run(lambda c: fetch_one(c, QUERIES.attempt, {"id": row["id"]}))
    assert attempt is not None
    return json_response(attempt["document"])
