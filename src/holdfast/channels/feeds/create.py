"""`POST /calendar-feeds`: the answer shows the address, once."""

import secrets

from fastapi import Request, Response

from holdfast.channels.feeds.model import NewFeed, NewFeedAddress
from holdfast.channels.feeds.routing import FEEDS_OF_USER, QUERIES, public_router, router
from holdfast.http.auth import SignedIn, secret_hash
from holdfast.http.context import InContext
from holdfast.http.idempotency import Answer, KeyHeader, answer_once
from holdfast.http.problem import problems
from holdfast.http.wire import encode
from holdfast.kernel.db import Connection, fetch_one
from holdfast.kernel.errors import forbidden, invalid, not_found
from holdfast.kernel.ids import new_id

SECRET_BYTES = 32


@router.post(
    "",
    status_code=201,
    response_model=NewFeedAddress,
    summary="Make an address at which a calendar reads appointments",
    description="Your own appointments, or a provider's for who acts as that provider and for "
    "administrators. At most 20 for each person.",
    responses=problems(
        "malformed_json",
        "payload_too_large",
        "unsupported_media_type",
        "validation_failed",
        "unauthenticated",
        "forbidden",
        "not_found",
        "idempotency_in_flight",
        "idempotency_key_reused",
        "unavailable",
    ),
)
async def create_calendar_feed(
    request: Request,
    body: NewFeed,
    actor: SignedIn,
    context: InContext,
    idempotency_key: KeyHeader = None,
) -> Response:
    async def work(connection: Connection) -> Answer:
        feed_id, secret = new_id(), secrets.token_urlsafe(SECRET_BYTES)
        parameters = {
            "actor": actor.as_parameter(),
            "id": feed_id,
            "provider_id": body.provider_id,
            "detail": body.detail,
            "secret_hash": secret_hash(secret),
            "limit": FEEDS_OF_USER,
        }
        row = await fetch_one(connection, QUERIES.create_feed, parameters)
        match row and row["outcome"]:
            case "created":
                base = request.url.path.rstrip("/").removesuffix(router.prefix)
                place = f"{context.settings.base_url}{base}{public_router.prefix}/{secret}.ics"
                return Answer(
                    encode({"id": str(feed_id), "url": place}),
                    status=201,
                    headers={"Cache-Control": "no-store"},
                )
            case "forbidden":
                raise forbidden("Only who acts as a provider, or an administrator, may do this.")
            case "too_many":
                raise invalid("detail", f"you have {FEEDS_OF_USER} feeds already; revoke one first")
            case _:
                raise not_found("provider")

    return await answer_once(request, context, actor, work, body=body, header_key=idempotency_key)
