"""One delivery, and the messages of an appointment or a person (SPEC-deliveries §7)."""

import hashlib
from typing import Any
from uuid import UUID

from fastapi import Request, Response

from holdfast.deliveries.find import LAST_NUMBER
from holdfast.deliveries.preview import preview_of
from holdfast.deliveries.schemas import Delivery, DeliveryWithPreview
from holdfast.deliveries.steering import FIND
from holdfast.http.auth import Admin, SignedIn
from holdfast.http.context import InContext
from holdfast.http.pagination import Cursor, Limit, Page, count_cursor, page_of
from holdfast.http.preconditions import Conditional, conditional_response, version_headers
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import encode, json_response
from holdfast.kernel.db import fetch_all, fetch_one
from holdfast.kernel.errors import forbidden, not_found

router = api_router("", "deliveries")

_LIST = problems("unauthenticated", "forbidden", "not_found", "validation_failed", "unavailable")


@router.get(
    "/deliveries/{delivery_id}",
    response_model=DeliveryWithPreview,
    response_model_exclude_none=True,
    summary="A delivery with its attempts and what it says",
    responses={304: {"description": "You have this version"}, **_LIST},
)
async def get_delivery(
    request: Request, delivery_id: UUID, _: Admin, context: InContext, condition: Conditional
) -> Response:
    row = await context.db.run(lambda c: fetch_one(c, FIND.delivery, {"id": delivery_id}))
    if row is None:
        raise not_found("delivery")
    preview = await preview_of(request.app.state.previews, row)
    shown = preview.model_dump(by_alias=True, exclude_none=True) if preview else None
    body = encode({**row["document"], "preview": shown})
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    headers = {**version_headers(0, row["changed_at"]), "ETag": f'"{tag}"'}
    return conditional_response(condition, body, tag=tag, headers=headers)


@router.get(
    "/appointments/{appointment_id}/deliveries",
    response_model=Page[Delivery],
    response_model_exclude_none=True,
    summary="What was sent about an appointment, the latest first",
    description="For staff; addresses are masked.",
    responses=_LIST,
)
async def list_appointment_deliveries(
    appointment_id: UUID,
    actor: SignedIn,
    context: InContext,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    parameters: dict[str, Any] = {
        "actor": actor.as_parameter(),
        "appointment_id": appointment_id,
        "before": _before(cursor),
        "limit": limit + 1,
    }
    rows = await context.db.run(lambda c: fetch_all(c, FIND.messages_of_appointment, parameters))
    if not rows:
        raise not_found("appointment")
    if not actor.is_staff:
        raise forbidden("Only staff may do this.")
    found = [row for row in rows if row["document"] is not None]
    return json_response(page_of(found, limit, key="number"))


@router.get(
    "/users/{user_id}/deliveries",
    response_model=Page[Delivery],
    response_model_exclude_none=True,
    summary="What was sent to a person, the latest first",
    description="One's own, or anybody's for an administrator.",
    responses=problems("unauthenticated", "not_found", "validation_failed", "unavailable"),
)
async def list_user_deliveries(
    user_id: UUID, actor: SignedIn, context: InContext, limit: Limit = 20, cursor: Cursor = None
) -> Response:
    if actor.id != user_id and actor.role != "admin":
        raise not_found("user")
    parameters: dict[str, Any] = {
        "user_id": user_id,
        "view": "full" if actor.role == "admin" else "own",
        "before": _before(cursor),
        "limit": limit + 1,
    }
    rows = await context.db.run(lambda c: fetch_all(c, FIND.messages_of_user, parameters))
    if not rows:
        known = await context.db.run(lambda c: fetch_one(c, FIND.user_exists, parameters))
        assert known is not None
        if not known["is_known"]:
            raise not_found("user")
    return json_response(page_of(rows, limit, key="number"))


def _before(cursor: str | None) -> int:
    position = count_cursor(cursor)
    return position.key if position else LAST_NUMBER
