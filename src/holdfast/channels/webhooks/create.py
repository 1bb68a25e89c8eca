"""`POST /webhook-endpoints`: the answer shows the secret, once."""

from fastapi import Request, Response
from psycopg.types.json import Jsonb

from holdfast.channels.webhooks.model import EndpointWithSecret, NewEndpoint
from holdfast.channels.webhooks.routing import KEYED, InOutbound, router
from holdfast.channels.webhooks.sender import secrets_seal
from holdfast.channels.webhooks.signing import new_secret
from holdfast.channels.webhooks.store import (
    MAXIMUM_ENDPOINTS,
    QUERIES,
    check_url,
    columns,
    refused,
)
from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyHeader, answer_once
from holdfast.http.preconditions import version_headers
from holdfast.http.problem import problems
from holdfast.http.wire import encode
from holdfast.kernel.db import Connection, fetch_one
from holdfast.kernel.ids import new_id


@router.post(
    "",
    status_code=201,
    response_model=EndpointWithSecret,
    summary="Add a webhook endpoint",
    responses=problems(*KEYED, "url_not_allowed", "too_many_endpoints"),
)
async def create_webhook_endpoint(
    request: Request,
    body: NewEndpoint,
    actor: Admin,
    context: InContext,
    outbound: InOutbound,
    idempotency_key: KeyHeader = None,
) -> Response:
    async def work(connection: Connection) -> Answer:
        check_url(outbound.guard, body.url)
        endpoint_id, secret = new_id(), new_secret()
        seal = secrets_seal(context.settings)
        parameters = {
            "id": endpoint_id,
            "values": Jsonb(columns(body.model_dump(by_alias=True, mode="json"))),
            "secret_sealed": seal.close_for(endpoint_id, secret.encode()),
            "limit": MAXIMUM_ENDPOINTS,
        }
        row = await fetch_one(connection, QUERIES.create_endpoint, parameters)
        if row is None or row["outcome"] != "created":
            raise refused(row)
        location = f"{request.url.path.rstrip('/')}/{endpoint_id}"
        return Answer(
            encode({**row["document"], "secret": secret}),
            status=201,
            headers={"Location": location, **version_headers(row["version"], row["updated_at"])},
        )

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)
