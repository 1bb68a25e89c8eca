"""`POST /webhook-endpoints/{id}/enable` and `/disable`."""

from uuid import UUID

from fastapi import Response

from holdfast.channels.webhooks.model import Endpoint
from holdfast.channels.webhooks.routing import READ, router, shown
from holdfast.channels.webhooks.store import QUERIES, refused
from holdfast.http.auth import Admin
from holdfast.http.context import Context, InContext
from holdfast.http.problem import problems
from holdfast.kernel.db import fetch_one


@router.post(
    "/{endpoint_id}/enable",
    response_model=Endpoint,
    summary="Send to an endpoint again, from now on",
    responses=problems(*READ),
)
async def enable_webhook_endpoint(endpoint_id: UUID, _: Admin, context: InContext) -> Response:
    return await _switch(context, endpoint_id, None)


@router.post(
    "/{endpoint_id}/disable",
    response_model=Endpoint,
    summary="Send nothing to an endpoint until it is enabled",
    responses=problems(*READ),
)
async def disable_webhook_endpoint(endpoint_id: UUID, _: Admin, context: InContext) -> Response:
    return await _switch(context, endpoint_id, "admin")


async def _switch(context: Context, endpoint_id: UUID, reason: str | None) -> Response:
    parameters = {"id": endpoint_id, "reason": reason}
    row = await context.db.run(lambda c: fetch_one(c, QUERIES.switch_endpoint, parameters))
    if row is None or row["outcome"] != "changed":
        raise refused(row)
    return shown(row)
