"""`GET /feeds/{secret}.ics`: a feed, for whoever knows its address (docs/feeds.md)."""

import asyncio
import hashlib

from fastapi import Request, Response

from holdfast.calendars.ics import MEDIA_TYPE, feed_file
from holdfast.channels.feeds.entries import entries_of, name_of
from holdfast.channels.feeds.routing import QUERIES, public_router
from holdfast.deliveries.mail_server import mail_sender
from holdfast.http.auth import secret_hash
from holdfast.http.context import InContext
from holdfast.http.preconditions import Conditional, caller_has, conditional_response
from holdfast.http.problem import problems
from holdfast.http.ratelimit import Limit, client_address, count
from holdfast.kernel.db import Row, fetch_all, fetch_one
from holdfast.kernel.errors import not_found

MAXIMUM_EVENTS = 2000
# Raised when the same events are written in another way.
FORMAT = 1
READS_OF_FEED = Limit("feed", hits=60, window_seconds=60)
# Of addresses that show nothing. Some services read many people's feeds from one place, so reads of
# feeds are not counted by it.
GUESSES_FROM_ADDRESS = Limit("feed-guesses", hits=60, window_seconds=60)
_HEADERS = {
    "Cache-Control": "private, no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


@public_router.get(
    "/{secret}.ics",
    summary="A calendar feed",
    description="From 30 days ago to 365 days ahead, at most 2,000 events.",
    response_class=Response,
    responses={
        200: {
            "description": "An iCalendar object (RFC 5545)",
            "content": {"text/calendar": {"schema": {"type": "string"}}},
        },
        304: {"description": "You have this version"},
        **problems("not_found", "rate_limited", "unavailable"),
    },
)
async def get_calendar_feed(
    request: Request, secret: str, context: InContext, condition: Conditional
) -> Response:
    found = {"secret_hash": secret_hash(secret)}
    feed = await context.db.run(lambda c: fetch_one(c, QUERIES.feed_state, found))
    if feed is None:
        refusal = not_found("calendar feed")
        refusal.headers.update(await count(context, GUESSES_FROM_ADDRESS, client_address(request)))
        raise refusal
    headers = _HEADERS | await count(context, READS_OF_FEED, str(feed["id"]))
    organizer = mail_sender(context.settings).address
    tag = _tag(feed, organizer)
    if tag is not None and caller_has(request.headers, tag):
        return Response(status_code=304, headers={**headers, "ETag": f'"{tag}"'})
    parameters = {**found, "limit": MAXIMUM_EVENTS}
    rows = await context.db.run(lambda c: fetch_all(c, QUERIES.feed_events, parameters))
    if not rows:  # revoked since
        raise not_found("calendar feed")
    entries = entries_of(rows, organizer)
    body = await asyncio.to_thread(feed_file, name_of(rows[0]), entries)
    tag = _tag(rows[0], organizer) or hashlib.sha256(body).hexdigest()[:24]
    headers |= {"Content-Type": MEDIA_TYPE, "ETag": f'"{tag}"'}
    return conditional_response(condition, body, tag=tag, headers=headers)


def _tag(feed: Row, organizer: str) -> str | None:
    """What the feed is made from; None while so much changes that nobody counts it."""
    if feed["version"] is None:
        return None
    form = hashlib.sha256(f"{FORMAT} {feed['detail']} {organizer}".encode()).hexdigest()[:8]
    return f"{feed['version']}.{feed['names']}.{feed['day']:%Y%m%d}.{form}"
