"""What the routes of calendar connections have in common."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from holdfast.deliveries.outbound import Outbound
from holdfast.http.preconditions import version_headers
from holdfast.http.route import api_router
from holdfast.http.wire import json_response
from holdfast.kernel.actor import Actor
from holdfast.kernel.db import Row
from holdfast.kernel.errors import forbidden, not_found

READ = ("unauthenticated", "forbidden", "not_found", "validation_failed", "unavailable")
WRITE = ("malformed_json", "payload_too_large", "unsupported_media_type", *READ)
KEYED = (*WRITE, "idempotency_in_flight", "idempotency_key_reused")
CHANGE = (*WRITE, "version_conflict", "precondition_failed", "precondition_required")
LOOKS = (
    "url_not_allowed",
    "calendar_unreachable",
    "calendar_unauthorized",
    "calendar_not_found",
)

router = api_router("/providers/{provider_id}/calendar-connections", "calendars")


def check_owns(actor: Actor, provider_id: UUID) -> None:
    """Whether it is the provider's own user, or an administrator.

    Raises:
        Refusal: `forbidden`; `not_found` for another provider.
    """
    if actor.role == "admin" or actor.provider_id == provider_id:
        return
    if actor.provider_id is None:
        raise forbidden("Only the provider and administrators may do this.")
    raise not_found("provider")


async def outbound_of(request: Request) -> Outbound:
    return request.app.state.outbound


InOutbound = Annotated[Outbound, Depends(outbound_of)]


def shown(row: Row, status: int = 200) -> Response:
    """A connection as it is now."""
    return json_response(
        row["document"], status, version_headers(row["version"], row["updated_at"])
    )
