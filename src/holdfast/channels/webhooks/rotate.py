"""`POST /webhook-endpoints/{id}/rotate-secret`: a new secret, while the former one still signs."""

from uuid import UUID

from fastapi import Request, Response

from holdfast.channels.webhooks.model import Rotated, Rotation
from holdfast.channels.webhooks.routing import KEYED, router
from holdfast.channels.webhooks.sender import secrets_seal
from holdfast.channels.webhooks.signing import new_secret
from holdfast.channels.webhooks.store import QUERIES, refused
from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyHeader, answer_once
from holdfast.http.problem import problems
from holdfast.http.wire import encode, wire_time
from holdfast.kernel.db import Connection, fetch_one
from holdfast.kernel.errors import Refusal


@router.post(
    "/{endpoint_id}/rotate-secret",
    response_model=Rotated,
    summary="Replace the secret; both sign for a while",
    responses=problems(*KEYED, "not_found", "rotation_open"),
)
async def rotate_webhook_secret(
    request: Request,
    endpoint_id: UUID,
    actor: Admin,
    context: InContext,
    body: Rotation | None = None,
    idempotency_key: KeyHeader = None,
) -> Response:
    async def work(connection: Connection) -> Answer:
        secret = new_secret()
        seal = secrets_seal(context.settings)
        parameters = {
            "id": endpoint_id,
            "secret_sealed": seal.close_for(endpoint_id, secret.encode()),
            "overlap_hours": (body or Rotation()).overlap_hours,
        }
        row = await fetch_one(connection, QUERIES.rotate_secret, parameters)
        if row is None or row["outcome"] == "not_found":
            raise refused(row)
        until = row["previous_until"]
        if row["outcome"] == "rotation_open":
            raise Refusal(
                "rotation_open",
                "The secret was replaced before, and the former one still signs. Wait until then.",
                details={"previousUntil": wire_time(until)},
            )
        return Answer(encode({"secret": secret, "previousUntil": until}), status=200, headers={})

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)
