"""`GET` and `DELETE /users/{id}/push-subscriptions`: somebody's browsers that get messages."""

from uuid import UUID

from fastapi import Response
from pydantic import Field

from holdfast.accounts.operations import check_sees
from holdfast.http.auth import SignedIn
from holdfast.http.context import InContext
from holdfast.http.problem import problems
from holdfast.http.route import api_router
from holdfast.http.wire import Id, Instant, WireModel, json_response
from holdfast.kernel.db import fetch_all, fetch_one
from holdfast.kernel.errors import not_found
from holdfast.kernel.sql import Queries

QUERIES = Queries("holdfast.channels.push")
router = api_router("/users/{user_id}/push-subscriptions", "notifications")


class PushSubscription(WireModel):
    """A browser that gets messages. Its keys and its address never come back."""

    id: Id
    user_agent: str | None = Field(description="What the browser called itself")
    created_at: Instant


class PushSubscriptions(WireModel):
    """All of a person's, the newest first; at most ten."""

    items: list[PushSubscription]


@router.get(
    "",
    response_model=PushSubscriptions,
    summary="The browsers that get a person's push messages",
    responses=problems("unauthenticated", "not_found", "validation_failed", "unavailable"),
)
async def list_push_subscriptions(user_id: UUID, actor: SignedIn, context: InContext) -> Response:
    check_sees(actor, user_id)
    rows = await context.db.run(
        lambda connection: fetch_all(connection, QUERIES.subscriptions, {"user_id": user_id})
    )
    items = [
        {"id": row["id"], "userAgent": row["user_agent"], "createdAt": row["created_at"]}
        for row in rows
    ]
    return json_response({"items": items})


@router.delete(
    "/{subscription_id}",
    status_code=204,
    summary="Send no more push messages to a browser",
    responses=problems(
        "unauthenticated", "forbidden", "not_found", "validation_failed", "unavailable"
    ),
)
async def end_push_subscription(
    user_id: UUID, subscription_id: UUID, actor: SignedIn, context: InContext
) -> Response:
    check_sees(actor, user_id)
    parameters = {"user_id": user_id, "id": subscription_id}
    row = await context.db.run(
        lambda connection: fetch_one(connection, QUERIES.unsubscribe, parameters)
    )
    if row is None:
        raise not_found("push subscription")
    return Response(status_code=204)
