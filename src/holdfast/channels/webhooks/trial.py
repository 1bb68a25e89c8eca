"""`POST /webhook-endpoints/{id}/test`: one try, at once, and what became of it."""

from uuid import UUID

import orjson
from fastapi import Request, Response

from holdfast.channels.webhooks.model import Trial, Tried
from holdfast.channels.webhooks.routing import KEYED, InOutbound, router
from holdfast.channels.webhooks.sender import WebhookSender
from holdfast.channels.webhooks.store import QUERIES, refused
from holdfast.deliveries.once import try_once
from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyHeader, answer_once, refuse_claim
from holdfast.http.problem import problems
from holdfast.http.wire import encode, json_response
from holdfast.kernel.db import Connection, Row, fetch_one
from holdfast.kernel.ids import new_id

LEASE_SECONDS = 60.0
REPLAYED = "idempotency-replayed"


@router.post(
    "/{endpoint_id}/test",
    response_model=Tried,
    summary="Send the example of an event, and see what is answered",
    responses=problems(*KEYED, "not_found"),
)
async def try_webhook_endpoint(
    request: Request,
    endpoint_id: UUID,
    actor: Admin,
    context: InContext,
    outbound: InOutbound,
    body: Trial | None = None,
    idempotency_key: KeyHeader = None,
) -> Response:
    worker = new_id()
    parameters = {
        "endpoint_id": endpoint_id,
        "type": (body or Trial()).type,
        "worker": worker,
        "lease_seconds": LEASE_SECONDS,
    }
    begun: list[Row] = []

    async def work(connection: Connection) -> Answer:
        begun.clear()
        row = await fetch_one(connection, QUERIES.begin_trial, parameters)
        if row is None:
            raise refused(None)
        begun.append(row)
        # What is kept for the key is which delivery it made: the answer is what became of that.
        return Answer(encode({"deliveryId": row["id"]}))

    kept = await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)
    if begun:
        sender = WebhookSender(context.settings, context.db, outbound)
        await try_once(context.db, sender, worker, begun[0])
    delivery_id = orjson.loads(kept.body)["deliveryId"]
    attempt = await context.db.run(lambda c: fetch_one(c, QUERIES.attempt, {"id": delivery_id}))
    if attempt is None:
        raise refuse_claim("in_flight")
    replayed = {name: value for name, value in kept.headers.items() if name == REPLAYED}
    return json_response(attempt["document"], headers=replayed)
