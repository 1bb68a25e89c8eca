"""`PATCH /webhook-endpoints/{id}` and `DELETE`, of a version that the caller names (SPEC 4.7)."""

from uuid import UUID

from fastapi import Response
from psycopg.types.json import Jsonb

from holdfast.channels.webhooks.model import Endpoint, EndpointChange, Removal
from holdfast.channels.webhooks.routing import CHANGE, InOutbound, router, shown
from holdfast.channels.webhooks.store import QUERIES, check_url, columns, refused
from holdfast.http.auth import Admin
from holdfast.http.context import InContext
from holdfast.http.preconditions import Conditional
from holdfast.http.problem import problems
from holdfast.kernel.db import fetch_one


@router.patch(
    "/{endpoint_id}",
    response_model=Endpoint,
    summary="Change a webhook endpoint",
    responses=problems(*CHANGE, "url_not_allowed"),
)
async def change_webhook_endpoint(
    endpoint_id: UUID,
    body: EndpointChange,
    _: Admin,
    context: InContext,
    outbound: InOutbound,
    condition: Conditional,
) -> Response:
    wanted = body.model_dump(by_alias=True, mode="json", exclude_unset=True)
    if "url" in wanted:
        check_url(outbound.guard, body.url)
    parameters = {
        "id": endpoint_id,
        "precondition": condition.as_parameter(version=body.version, required=True),
        "values": Jsonb(columns(wanted)),
    }
    row = await context.db.run(lambda c: fetch_one(c, QUERIES.change_endpoint, parameters))
    if row is None or row["outcome"] != "changed":
        raise refused(row, wanted)
    return shown(row)


@router.delete(
    "/{endpoint_id}",
    status_code=204,
    summary="Remove a webhook endpoint; nothing is sent to it any more",
    responses=problems(*CHANGE),
)
async def delete_webhook_endpoint(
    endpoint_id: UUID,
    _: Admin,
    context: InContext,
    condition: Conditional,
    body: Removal | None = None,
) -> Response:
    version = body.version if body else None
    parameters = {
        "id": endpoint_id,
        "precondition": condition.as_parameter(version=version, required=True),
    }
    row = await context.db.run(lambda c: fetch_one(c, QUERIES.delete_endpoint, parameters))
    if row is None or row["outcome"] != "deleted":
        raise refused(row)
    return Response(status_code=204)
