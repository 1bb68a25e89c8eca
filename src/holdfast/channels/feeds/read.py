"""`GET /calendar-feeds`: one's own, without their addresses."""

from fastapi import Response

from holdfast.channels.feeds.model import Feed
from holdfast.channels.feeds.routing import QUERIES, router
from holdfast.http.auth import SignedIn
from holdfast.http.context import InContext
from holdfast.http.pagination import Cursor, Limit, Page, page_of, time_cursor
from holdfast.http.problem import problems
from holdfast.http.wire import json_response
from holdfast.kernel.db import fetch_all


@router.get(
    "",
    response_model=Page[Feed],
    summary="Your calendar feeds, the oldest first",
    responses=problems("unauthenticated", "validation_failed", "unavailable"),
)
async def list_calendar_feeds(
    actor: SignedIn, context: InContext, limit: Limit = 20, cursor: Cursor = None
) -> Response:
    after = time_cursor(cursor)
    parameters = {
        "user_id": actor.id,
        "after_key": after.key if after else None,
        "after_id": after.id if after else None,
        "limit": limit + 1,
    }
    rows = await context.db.run(lambda c: fetch_all(c, QUERIES.feeds, parameters))
    return json_response(page_of(rows, limit, key="created_at"))
