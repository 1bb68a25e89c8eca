"""`DELETE /calendar-feeds/{id}`: from now on its address shows nothing."""

from uuid import UUID

from fastapi import Response

from holdfast.channels.feeds.routing import QUERIES, router
from holdfast.http.auth import SignedIn
from holdfast.http.context import InContext
from holdfast.http.problem import problems
from holdfast.kernel.db import fetch_one
from holdfast.kernel.errors import not_found


@router.delete(
    "/{feed_id}",
    status_code=204,
    summary="Revoke a calendar feed",
    responses=problems("unauthenticated", "not_found", "validation_failed", "unavailable"),
)
async def revoke_calendar_feed(feed_id: UUID, actor: SignedIn, context: InContext) -> Response:
    parameters = {"id": feed_id, "user_id": actor.id}
    row = await context.db.run(lambda c: fetch_one(c, QUERIES.revoke_feed, parameters))
    if row is None:
        raise not_found("calendar feed")
    return Response(status_code=204)
