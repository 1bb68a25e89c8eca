"""`POST /webhook-endpoints/{id}/enable` and `/disable`."""

from uuid import UUID

from fastapi import Request, Response

from holdfast.channels.webhooks.model import Endpoint
from holdfast.channels.webhooks.routing import KEYED, router
from holdfast.channels.webhooks.store import QUERIES, refused
from holdfast.http.auth import Admin
from holdfast.http.context import Context, InContext
from holdfast.http.idempotency import Answer, KeyedRequest, KeyHeader, answer_once
from holdfast.http.preconditions import version_headers
from holdfast.http.problem import problems
from holdfast.http.wire import encode
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Connection, fetch_one


@router.post(
    "/{endpoint_id}/enable",
    response_model=Endpoint,
    summary="Send to an endpoint again, from now on",
    responses=problems(*KEYED, "not_found"),
)
async def enable_webhook_endpoint(
    request: Request,
    endpoint_id: UUID,
    actor: Admin,
    context: InContext,
    body: KeyedRequest | None = None,
    idempotency_key: KeyHeader = None,
) -> Response:
    parameters = {"id": endpoint_id, "reason": None}
    return await _switch(request, context, actor, parameters, body, idempotency_key)


@router.post(
    "/{endpoint_id}/disable",
    response_model=Endpoint,
    summary="Send nothing to an endpoint until it is enabled",
    responses=problems(*KEYED, "not_found"),
)
async def disable_webhook_endpoint(
    request: Request,
    endpoint_id: UUID,
    actor: Admin,
    context: InContext,
    body: KeyedRequest | None = None,
    idempotency_key: KeyHeader = None,
) -> Response:
    parameters = {"id": endpoint_id, "reason": "admin"}
    return await _switch(request, context, actor, parameters, body, idempotency_key)


async def _switch(
    request: Request,
    context: Context,
    actor: Actor,
    parameters: dict[str, UUID | str | None],
    body: KeyedRequest | None,
    header_key: str | None,
) -> Response:
    async def work(connection: Connection) -> Answer:
        row = await fetch_one(connection, QUERIES.switch_endpoint, parameters)
        if row is None or row["outcome"] != "changed":
            raise refused(row)
        headers = version_headers(row["version"], row["updated_at"])
        return Answer(encode(row["document"]), headers=headers)

    return await answer_once(request, context, actor, work, body=body, header_key=header_key)
