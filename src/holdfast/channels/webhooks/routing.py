"""What the routes of webhook endpoints have in common."""

from typing import Annotated

from fastapi import Depends, Request, Response

from holdfast.deliveries.outbound import Outbound
from holdfast.http.preconditions import version_headers
from holdfast.http.route import api_router
from holdfast.http.wire import json_response
from holdfast.kernel.db import Row

READ = ("unauthenticated", "forbidden", "not_found", "validation_failed", "unavailable")
WRITE = (
    "malformed_json",
    "unauthenticated",
    "forbidden",
    "payload_too_large",
    "unsupported_media_type",
    "validation_failed",
    "unavailable",
)
KEYED = (*WRITE, "idempotency_in_flight", "idempotency_key_reused")
CHANGE = (
    *WRITE,
    "not_found",
    "version_conflict",
    "precondition_failed",
    "precondition_required",
)

router = api_router("/webhook-endpoints", "webhooks")


async def outbound_of(request: Request) -> Outbound:
    return request.app.state.outbound


InOutbound = Annotated[Outbound, Depends(outbound_of)]


def shown(row: Row, status: int = 200) -> Response:
    """An endpoint as it is now."""
    return json_response(
        row["document"], status, version_headers(row["version"], row["updated_at"])
    )
